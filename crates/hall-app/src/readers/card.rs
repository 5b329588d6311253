//! What the answer of a card reader's local service says. Pure: bytes in, a reading out.
//!
//! Every vendor has a service of its own, so where things stand in its JSON is the hall's setting. The photograph that
//! most of them send along is dropped with the rest of the answer.

use std::borrow::Cow;

use encoding_rs::{GBK, UTF_8};
use hall_core::Day;
use hall_core::rules::identity::check_character;
use serde::Deserialize;
use serde_json::Value;

use crate::api::readers::IdCard;

/// Longest name and address that a card has room for, and then some.
const TEXT_MAX: usize = 120;

/// JSON pointers (RFC 6901) to what a card says; what the service does not send is left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    pub name: String,
    pub number: String,
    #[serde(default)]
    pub sex: String,
    #[serde(default)]
    pub nation: String,
    #[serde(default)]
    pub born: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub valid_until: String,
}

impl Fields {
    fn pointers(&self) -> [&str; 7] {
        let Self { name, number, sex, nation, born, address, valid_until } = self;
        [name, number, sex, nation, born, address, valid_until].map(String::as_str)
    }

    /// The first that is no pointer.
    pub(super) fn wrong(&self) -> Option<&str> {
        let optional = self.pointers().into_iter().skip(2).find(|text| !text.is_empty() && !is_pointer(text));
        self.pointers().into_iter().take(2).find(|text| !is_pointer(text)).or(optional)
    }
}

pub(super) fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
}

/// How a service says that no card lies there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoCard {
    pub pointer: String,
    /// A text as it stands; a number or a yes-or-no as JSON writes it.
    pub value: String,
}

/// What one look at the reader brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    NoCard,
    Card(Box<IdCard>),
    Failed(Failure),
}

/// Why a look brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Unreachable,
    /// Connected, and no answer.
    Silent,
    Status(u16),
    Empty,
    Page,
    /// No JSON, or half of it.
    NotJson,
    Garbled,
    /// No card's name or number where the settings look for them.
    Fields,
}

impl Failure {
    /// For staff. The last words are always the way on without the reader.
    pub(super) fn message(self) -> String {
        let fact = match self {
            Self::Unreachable => "连不上读卡器的程序。请看它打开没有，读卡器的 USB 线插好没有",
            Self::Silent => "读卡器的程序没有回音。请把读卡器拔下再插上，或重新打开它的程序",
            Self::Status(_) => "读卡器的程序说出错了。请重新打开它，并核对设置文件里的地址（url）",
            Self::Empty => "读卡器的程序回了空白。请把读卡器拔下再插上，或重新打开它的程序",
            Self::Page => "读卡器的地址回的是网页，不是证件内容。请核对设置文件里的地址（url）",
            Self::NotJson => "读卡器的程序回的内容不完整。请把证拿开再放一次；还不行，请重新打开它的程序",
            Self::Garbled => "读卡器读出来是乱码。请把证拿开再放一次；总是这样，请核对设置文件里的 encoding",
            Self::Fields => {
                "读出来没有姓名或身份证号。请把证放平再放一次；总是这样，请核对设置文件里的 fields"
            }
        };
        format!("{fact}。先用手输入身份证号。")
    }
}

/// In which letters a service answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8 where it is that, else GBK.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "gbk")]
    Gbk,
}

impl Encoding {
    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        let utf8 = || UTF_8.decode_without_bom_handling_and_without_replacement(bytes);
        let gbk = || GBK.decode_without_bom_handling_and_without_replacement(bytes);
        match self {
            Self::Auto => utf8().or_else(gbk),
            Self::Utf8 => utf8(),
            Self::Gbk => gbk(),
        }
    }
}

pub(super) fn read(body: &[u8], encoding: Encoding, fields: &Fields, no_card: &NoCard) -> Reading {
    match try_read(body, encoding, fields, no_card) {
        Ok(Some(card)) => Reading::Card(Box::new(card)),
        Ok(None) => Reading::NoCard,
        Err(failure) => Reading::Failed(failure),
    }
}

fn try_read(
    body: &[u8],
    encoding: Encoding,
    fields: &Fields,
    no_card: &NoCard,
) -> Result<Option<IdCard>, Failure> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    if body.is_empty() {
        return Err(Failure::Empty);
    }
    if body.starts_with(b"<") {
        return Err(Failure::Page);
    }
    let text = encoding.decode(body).ok_or(Failure::Garbled)?;
    let answer: Value = serde_json::from_str(&text).map_err(|_| Failure::NotJson)?;
    if said(&answer, &no_card.pointer).as_deref() == Some(no_card.value.as_str()) {
        return Ok(None);
    }
    let field = |pointer: &str| said(&answer, pointer).unwrap_or_default().trim().to_owned();
    let card = IdCard {
        name: field(&fields.name),
        number: field(&fields.number).to_ascii_uppercase(),
        sex: field(&fields.sex),
        nation: field(&fields.nation),
        born: day(&field(&fields.born)),
        address: field(&fields.address),
        valid_until: day(&field(&fields.valid_until)),
    };
    if card.name.is_empty() || card.number.is_empty() {
        return Err(Failure::Fields);
    }
    let readable =
        [&card.name, &card.sex, &card.nation, &card.address].into_iter().all(|text| is_readable(text));
    if readable && is_number(&card.number) { Ok(Some(card)) } else { Err(Failure::Garbled) }
}

/// A text as it stands, anything else as JSON writes it.
fn said(answer: &Value, pointer: &str) -> Option<String> {
    match answer.pointer(pointer).filter(|_| is_pointer(pointer))? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn is_number(text: &str) -> bool {
    let ends = text.char_indices().nth(17).filter(|_| text.len() == 18);
    ends.is_some_and(|(at, last)| check_character(&text[..at]) == Some(last))
}

/// Letters that were taken for those of another encoding give themselves away: by marks that stand for what could not
/// be read, or by being readable Chinese once the mistake is undone.
fn is_readable(text: &str) -> bool {
    if text.chars().count() > TEXT_MAX
        || text.chars().any(|c| c == '\u{fffd}' || c == '?' || c.is_control() || is_private(c))
    {
        return false;
    }
    if text.is_ascii() {
        return true;
    }
    let (bytes, _, lost) = GBK.encode(text);
    let undone = if lost { None } else { std::str::from_utf8(&bytes).ok() };
    !undone.is_some_and(|undone| undone.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)))
}

/// Where GBK puts what it has no character for.
fn is_private(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c)
}

/// `1986.04.12`, `19860412` and the like as `1986-04-12`; `长期` and anything else as nothing.
fn day(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let day = if digits.len() == 8 { digits.parse().ok().and_then(Day::from_number) } else { None };
    day.map(|day| day.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let at = |name: &str| format!("/data/{name}");
        Fields {
            name: at("name"),
            number: at("id"),
            sex: at("sex"),
            nation: at("nation"),
            born: at("born"),
            address: at("address"),
            valid_until: at("until"),
        }
    }

    fn no_card() -> NoCard {
        NoCard { pointer: "/code".into(), value: "1".into() }
    }

    fn reading(body: &[u8]) -> Reading {
        read(body, Encoding::Auto, &fields(), &no_card())
    }

    const ANSWER: &str = r#"{"code":0,"data":{"name":"示范甲","id":"37990119860412101x","sex":"男","nation":"汉",
        "born":"19860412","address":"奎山县北关社区","until":"2036.05.01","photo":"Qk0="}}"#;

    fn number() -> String {
        let body = "37990119860412101";
        format!("{body}{}", check_character(body).unwrap())
    }

    fn answer() -> String {
        ANSWER.replace("37990119860412101x", &number())
    }

    #[test]
    fn a_card_is_read_in_either_encoding() {
        let gbk = GBK.encode(&answer()).0.into_owned();
        let bom = [b"\xef\xbb\xbf".as_slice(), answer().as_bytes()].concat();
        for body in [answer().into_bytes(), gbk, bom] {
            let Reading::Card(card) = reading(&body) else { panic!("{:?}", reading(&body)) };
            assert_eq!((card.name.as_str(), card.address.as_str()), ("示范甲", "奎山县北关社区"));
            assert_eq!((card.number, card.nation), (number(), "汉".to_owned()));
            assert_eq!((card.born.as_str(), card.valid_until.as_str()), ("1986-04-12", "2036-05-01"));
        }
    }

    #[test]
    fn no_card_is_told_by_its_own_mark() {
        assert_eq!(reading(br#"{"code":1,"message":"no card"}"#), Reading::NoCard);
        assert_eq!(reading(br#"{"code":"1"}"#), Reading::NoCard);
        assert_eq!(reading(br#"{"code":2}"#), Reading::Failed(Failure::Fields));
    }

    #[test]
    fn nonsense_is_told_for_what_it_is() {
        let whole = answer();
        let misread = GBK.decode_without_bom_handling(whole.as_bytes()).0.into_owned();
        for (body, failure) in [
            (Vec::new(), Failure::Empty),
            (b" \r\n".to_vec(), Failure::Empty),
            (b"<!doctype html><p>OK".to_vec(), Failure::Page),
            (whole.as_bytes()[..90].to_vec(), Failure::NotJson),
            (b"OK".to_vec(), Failure::NotJson),
            (br#"{"code":0,"data":{}}"#.to_vec(), Failure::Fields),
            (b"\xff\xff\xff{}".to_vec(), Failure::Garbled),
            (misread.into_bytes(), Failure::Garbled),
            (whole.replace("示范甲", "???").into_bytes(), Failure::Garbled),
            (whole.replace("示范甲", "\u{fffd}\u{fffd}").into_bytes(), Failure::Garbled),
            (whole.replace(&number(), "379901198604121010").into_bytes(), Failure::Garbled),
            (whole.replace(&number(), "三七九九〇一").into_bytes(), Failure::Garbled),
        ] {
            assert_eq!(reading(&body), Reading::Failed(failure), "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn a_name_of_any_people_is_readable() {
        for name in ["示范甲", "曲䶮", "买买提·吐尔逊", "联通", "LI MING", "𬭚"] {
            assert!(is_readable(name), "{name}");
        }
    }

    #[test]
    fn every_failure_has_a_remedy_and_a_way_on() {
        for failure in [
            Failure::Unreachable,
            Failure::Silent,
            Failure::Status(500),
            Failure::Empty,
            Failure::Page,
            Failure::NotJson,
            Failure::Garbled,
            Failure::Fields,
        ] {
            let message = failure.message();
            assert!(message.contains('请') && message.ends_with("先用手输入身份证号。"), "{message}");
        }
    }
}
