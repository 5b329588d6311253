//! Masks what could name a person in a log line. The last line of defence: nothing personal should be written in
//! the first place.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

/// Replaces identity numbers (15 digits and more, or 17 digits and an X) and mobile numbers (11 digits beginning
/// with 1), in half-width or full-width digits.
pub(crate) fn redact(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(|c| digit(c).is_some()) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| digit(c).is_none()).unwrap_or(rest.len());
        let run = &rest[..end];
        let count = run.chars().count();
        rest = &rest[end..];
        let check_letter = rest.chars().next().filter(|c| matches!(c, 'x' | 'X' | 'ｘ' | 'Ｘ'));
        match (count, check_letter) {
            (17, Some(letter)) => {
                rest = &rest[letter.len_utf8()..];
                out.push_str("[身份证号]");
            }
            (15.., _) => out.push_str("[身份证号]"),
            (11, _) if run.chars().next().and_then(digit) == Some(1) => out.push_str("[手机号]"),
            _ => out.push_str(run),
        }
    }
    out.push_str(rest);
    out
}

fn digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(u32::from(c) - u32::from('0')),
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        _ => None,
    }
}

/// A log destination that masks each event before it is written.
#[derive(Debug)]
pub(crate) struct Redacting<M>(pub(crate) M);

#[derive(Debug)]
pub(crate) struct RedactingWriter<W>(W);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Redacting<M> {
    type Writer = RedactingWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter(self.0.make_writer())
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    /// The formatter hands over one whole event at a time, so no number is ever cut in two.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn people_are_masked_and_the_rest_stays() {
        for (line, expected) in [
            ("id 370705196603151234 done", "id [身份证号] done"),
            ("id=37070519660315123X,", "id=[身份证号],"),
            ("id=37070519660315123x", "id=[身份证号]"),
            ("370705660315123 (old)", "[身份证号] (old)"),
            ("３７０７０５１９６６０３１５１２３Ｘ", "[身份证号]"),
            ("phone 13800138000.", "phone [手机号]."),
            ("两个13800138000、13900139000", "两个[手机号]、[手机号]"),
            ("op 1.1.48211 in 3 ms at 1795104000000", "op 1.1.48211 in 3 ms at 1795104000000"),
            ("2026-11-20T05:12:33.123456Z", "2026-11-20T05:12:33.123456Z"),
            ("order 20261120001", "order 20261120001"),
            ("", ""),
        ] {
            assert_eq!(redact(line), expected);
        }
    }

    #[test]
    fn an_event_reaches_the_file_masked() {
        #[derive(Clone)]
        struct Shared(Arc<Mutex<Vec<u8>>>);
        impl Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let file = Shared(Arc::default());
        let sink = file.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(Redacting(move || sink.clone())).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(
                phone = "13800138000",
                number = 370_705_196_603_151_234_u64,
                "worker 37070519660315123X"
            );
        });
        let text = String::from_utf8(file.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("[手机号]") && text.matches("[身份证号]").count() == 2, "{text}");
        assert!(!text.contains("13800138000") && !text.contains("370705"), "{text}");
    }
}
