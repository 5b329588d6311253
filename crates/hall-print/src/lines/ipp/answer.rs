//! What a printer answers, looked through before the library reads it.

use hall_core::vocab::PaperTrouble;
use ipp::attribute::{IppAttribute, IppAttributeGroup, IppAttributes};
use ipp::model::DelimiterTag;
use ipp::parser::IppParser;
use ipp::reader::IppReader;
use ipp::value::IppValue;

/// No answer to what is asked here is longer.
pub(super) const LONGEST: u64 = 1 << 20;
/// Nor has collections inside of collections deeper than this; whoever reads them does so by recursion.
const DEEPEST: usize = 8;

pub(super) const NOT_POSSIBLE: u16 = 0x0404;
pub(super) const NOT_FOUND: u16 = 0x0406;

/// One answer: a status and groups of attributes.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    attributes: IppAttributes,
}

/// One printer, or one job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'a>(Option<&'a IppAttributeGroup>);

impl Answer {
    /// `None` for what is no answer.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        if !is_sound(&bytes) {
            return None;
        }
        let reader = IppReader::new(std::io::Cursor::new(bytes));
        let (header, attributes, _) = IppParser::new(reader).parse_parts().ok()?;
        Some(Self { status: header.operation_or_status.cast_unsigned(), attributes })
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Why it is not what was asked for; `None` when it is.
    pub(super) fn refusal(&self) -> Option<PaperTrouble> {
        match self.status {
            0x0000..=0x00ff => None,
            NOT_FOUND => Some(PaperTrouble::NotAPrinter),
            // Not accepting jobs; deactivated.
            0x0506 | 0x050a => Some(PaperTrouble::Paused),
            0x0504 => Some(PaperTrouble::Broken),
            // Who may; not now.
            0x0401..=0x0405 | 0x0500 | 0x0502 | 0x0505 | 0x0507 => Some(PaperTrouble::Offline),
            _ => Some(PaperTrouble::Unsupported),
        }
    }

    pub(super) fn printers(&self) -> impl Iterator<Item = Group<'_>> {
        self.attributes.groups_of(DelimiterTag::PrinterAttributes).map(|group| Group(Some(group)))
    }

    pub(super) fn printer(&self) -> Group<'_> {
        Group(self.attributes.first_of(DelimiterTag::PrinterAttributes))
    }

    pub(super) fn jobs(&self) -> impl Iterator<Item = Group<'_>> {
        self.attributes.groups_of(DelimiterTag::JobAttributes).map(|group| Group(Some(group)))
    }

    pub(super) fn job(&self) -> Group<'_> {
        Group(self.attributes.first_of(DelimiterTag::JobAttributes))
    }
}

impl<'a> Group<'a> {
    fn values(self, key: &str) -> impl Iterator<Item = &'a IppValue> {
        self.0.and_then(|group| group.get(key)).into_iter().flat_map(IppAttribute::value)
    }

    /// A whole number, or one of a list of states.
    pub(super) fn number(self, key: &str) -> Option<i32> {
        self.values(key).find_map(|value| match value {
            IppValue::Integer(number) | IppValue::Enum(number) => Some(*number),
            _ => None,
        })
    }

    pub(super) fn flag(self, key: &str) -> Option<bool> {
        self.values(key)
            .find_map(|value| if let IppValue::Boolean(flag) = value { Some(*flag) } else { None })
    }

    pub(super) fn text(self, key: &str) -> Option<String> {
        self.texts(key).next()
    }

    pub(super) fn texts(self, key: &str) -> impl Iterator<Item = String> {
        self.values(key).filter_map(|value| match value {
            IppValue::Keyword(text) | IppValue::MimeMediaType(text) => Some(text.to_string()),
            IppValue::NameWithoutLanguage(name) | IppValue::NameWithLanguage { name, .. } => {
                Some(name.to_string())
            }
            IppValue::TextWithoutLanguage(text) | IppValue::TextWithLanguage { text, .. } => {
                Some(text.to_string())
            }
            IppValue::Uri(text) => Some(text.to_string()),
            _ => None,
        })
    }

    pub(super) fn says(self, key: &str, word: &str) -> bool {
        self.texts(key).any(|text| text == word)
    }

    /// Dots an inch, where both directions have as many.
    pub(super) fn resolutions(self, key: &str) -> impl Iterator<Item = u32> {
        self.values(key).filter_map(|value| match value {
            IppValue::Resolution { cross_feed, feed, units: 3 } if cross_feed == feed => {
                u32::try_from(*feed).ok()
            }
            _ => None,
        })
    }
}

/// Whether the library can read it without falling over: every length lies within what is there, and nothing is nested
/// without end.
fn is_sound(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.get(8..) else { return false };
    let mut depth = 0_usize;
    while let Some((tag, after)) = rest.split_first() {
        rest = after;
        match tag {
            0x03 => return true,
            0x00..=0x0f => continue,
            0x34 => depth += 1,
            0x37 => depth = depth.saturating_sub(1),
            _ => {}
        }
        let (Some(_name), Some(value)) = (piece(&mut rest), piece(&mut rest)) else { return false };
        if depth > DEEPEST || (matches!(tag, 0x35 | 0x36) && !has_two_pieces(value)) {
            return false;
        }
    }
    false
}

/// What a length and so many bytes hold.
fn piece<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let (piece, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(piece)
}

/// A text with its language is two of them.
fn has_two_pieces(mut value: &[u8]) -> bool {
    piece(&mut value).is_some() && piece(&mut value).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: [u8; 8] = [1, 1, 0, 0, 0, 0, 0, 1];

    fn value(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        bytes.extend((name.len() as u16).to_be_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend((value.len() as u16).to_be_bytes());
        bytes.extend(value);
        bytes
    }

    fn answer(values: &[Vec<u8>]) -> Vec<u8> {
        [&HEAD[..], &[4], &values.concat(), &[3]].concat()
    }

    #[test]
    fn a_text_that_claims_to_be_longer_than_it_is_is_no_answer() {
        let fine = answer(&[value(0x36, "printer-name", b"\0\x05zh-cn\0\x02A4")]);
        assert_eq!(Answer::read(fine).unwrap().printer().text("printer-name").as_deref(), Some("A4"));
        for lie in [&b"\0\x05zh"[..], b"\xff\xffzh-cn\0\x02A4", b"\0\x05zh-cn\0\x03A4", b""] {
            assert!(Answer::read(answer(&[value(0x35, "printer-info", lie)])).is_none(), "{lie:?}");
        }
    }

    #[test]
    fn collections_without_end_are_no_answer() {
        let nested = |depth: usize| {
            let mut values = vec![value(0x34, "media-col-ready", &[])];
            for _ in 1..depth {
                values.push(value(0x4a, "", b"x"));
                values.push(value(0x34, "", &[]));
            }
            values.extend(std::iter::repeat_n(value(0x37, "", &[]), depth));
            answer(&values)
        };
        assert!(Answer::read(nested(3)).is_some());
        assert!(Answer::read(nested(60_000)).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let whole = Answer::read([&HEAD[..], &bytes, &[3]].concat());
            prop_assert!(whole.is_none_or(|answer| answer.status() == 0));
            let _anything_but_a_panic = Answer::read(bytes);
        }

        #[test]
        fn a_real_answer_with_a_few_wrong_bytes_does_not_either(
            wrong in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = answer(&[
                value(0x23, "printer-state", &[0, 0, 0, 3]),
                value(0x44, "printer-state-reasons", b"media-low-warning"),
                value(0x36, "printer-name", b"\0\x05zh-cn\0\x02A4"),
                value(0x32, "pwg-raster-document-resolution-supported", &[0, 0, 1, 44, 0, 0, 1, 44, 3]),
                value(0x34, "media-col-ready", &[]),
                value(0x4a, "", b"media-size"),
                value(0x34, "", &[]),
                value(0x37, "", &[]),
                value(0x37, "", &[]),
            ]);
            for (at, byte) in wrong {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let read = Answer::read(bytes);
            prop_assert!(read.is_none_or(|answer| answer.printers().count() <= 2 + answer.jobs().count() + 8));
        }
    }
}
