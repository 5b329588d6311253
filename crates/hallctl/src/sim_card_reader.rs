//! `sim-card-reader`: the local service of a reader of ID cards, for who has none. Only invented people have cards for
//! it: the area 379901 is nobody's.

use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use hall_app::api::readers::IdCard;
use hall_app::readers::simulated::{CardReader, Desktop};

/// How the numbers of invented people begin.
const NOWHERE: &str = "379901";

#[derive(Debug, clap::Args)]
pub(crate) struct SimCardReaderArgs {
    /// Where it listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:38088")]
    listen: SocketAddr,
}

/// Answers until standard input ends.
pub(crate) fn run(args: &SimCardReaderArgs) -> anyhow::Result<()> {
    ensure!(args.listen.ip().is_loopback(), "card readers are on this machine: 127.0.0.1:PORT");
    let reader =
        CardReader::listen(args.listen).with_context(|| format!("cannot listen at {}", args.listen))?;
    say(&format!("listens {}", reader.at()))?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match obey(&reader, &line) {
            Ok(()) => say("done")?,
            Err(error) => say(&format!("not done: {error}"))?,
        }
    }
    Ok(())
}

fn obey(reader: &CardReader, line: &str) -> anyhow::Result<()> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match *words {
        ["card", number, name, ref more @ ..] => {
            reader.put(Desktop::Card(Box::new(card(number, name, more)?)));
        }
        ["take-away"] => reader.put(Desktop::Empty),
        ["gbk", how @ ("on" | "off")] => reader.answer_in_gbk(how == "on"),
        ["nonsense", what @ ("page" | "half" | "empty" | "garbled")] => {
            let body: &[u8] = match what {
                "page" => b"<html><body>It works!</body></html>",
                "half" => br#"{"state":"card","card":{"name":"#,
                "garbled" => b"\xff\xff\xff\xff",
                _ => b"",
            };
            reader.put(Desktop::Says(body.to_vec()));
        }
        ["hang"] => reader.put(Desktop::Hangs),
        _ => bail!(
            "card NUMBER NAME [ADDRESS [UNTIL]], take-away, gbk on|off, nonsense page|half|empty|garbled, hang"
        ),
    }
    Ok(())
}

fn card(number: &str, name: &str, more: &[&str]) -> anyhow::Result<IdCard> {
    ensure!(
        number.starts_with(NOWHERE) && number.len() == 18 && number.is_ascii(),
        "a number of 18, {NOWHERE}…"
    );
    let man = number.as_bytes()[16] % 2 == 1;
    Ok(IdCard {
        name: name.to_owned(),
        number: number.to_owned(),
        sex: if man { "男" } else { "女" }.to_owned(),
        nation: "汉".to_owned(),
        born: number[6..14].to_owned(),
        address: more.first().copied().unwrap_or("奎山县北关社区").to_owned(),
        valid_until: more.get(1).copied().unwrap_or("20360501").to_owned(),
    })
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
