use ed25519_dalek::SigningKey;
use hall_core::{Instant, OpId};
use hall_log::base32;
use hall_log::token::{CardFacts, KeyId, Seconds, SlipFacts, Token, TokenError};
use proptest::prelude::*;

const ISSUED: i64 = 1_795_127_400_000;

pub(crate) fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(crate) fn samples() -> [Token; 3] {
    let issued = Seconds::from(Instant(ISSUED));
    let expires = Seconds::from(Instant(ISSUED + 86_400_000));
    let slip = SlipFacts {
        ticket: OpId::new(3, 1, 812_345),
        post: OpId::new(1, 1, 70_123),
        place: 7,
        worker: *b"pseudony",
        issued,
        expires,
        nonce: [0xa5; 8],
    };
    let card = CardFacts { worker: OpId::new(1, 1, 4_321), card: 2, issued, expires, nonce: [0x5a; 8] };
    [Token::Slip(slip), Token::Card(card), Token::Agreement(slip)]
}

fn verify(text: &str, at: i64) -> Result<Token, TokenError> {
    let known = key(1).verifying_key();
    Token::verify(text, Instant(at), |id| (id == KeyId::of(&known)).then_some(known))
}

#[test]
fn a_token_tells_its_facts_and_fits_the_code() {
    for token in samples() {
        let text = token.sign(&key(1));
        assert!(text.starts_with("LG1") && text.len() <= 210, "{} characters", text.len());
        assert_eq!(verify(&text, ISSUED), Ok(token));
        assert_eq!(verify(&text, ISSUED + 86_400_000), Ok(token), "good to the last second");
        assert_eq!(verify(&text, ISSUED + 86_401_000), Err(TokenError::Expired(token)));
    }
}

#[test]
fn a_token_is_read_as_scanners_send_it() {
    let text = samples()[0].sign(&key(1));
    let wide: String = text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let grouped: String =
        text.char_indices().map(|(n, c)| if n % 5 == 4 { format!("{c}-") } else { c.into() }).collect();
    for sent in [text.to_lowercase(), format!("{text}\r\n"), wide, grouped] {
        assert!(verify(&sent, ISSUED).is_ok(), "{sent}");
    }
}

#[test]
fn foreign_and_forged_codes_are_told_apart() {
    let [token, _, agreement] = samples();
    assert_ne!(token.sign(&key(1)), agreement.sign(&key(1)), "the same facts, and another paper");
    assert_eq!(
        verify(&token.sign(&key(2)), ISSUED),
        Err(TokenError::UnknownKey(KeyId::of(&key(2).verifying_key())))
    );
    for foreign in
        ["", "LG1", "6901234567892", "https://example.cn/q?x=1", "LG2ABC", "LG1ABCDEFG", &"LG1".repeat(900)]
    {
        assert_eq!(verify(foreign, ISSUED), Err(TokenError::NotOurs), "{foreign}");
    }
    let text = token.sign(&key(1));
    assert_eq!(verify(&text[..text.len() - 8], ISSUED), Err(TokenError::NotOurs), "cut off");

    // The place on the slip changed from 7 to 8, all else as it was.
    let mut bytes = base32::decode(&text[3..]).unwrap();
    let place = bytes.iter().position(|b| *b == 7).unwrap();
    bytes[place] = 8;
    assert_eq!(verify(&format!("LG1{}", base32::encode(&bytes)), ISSUED), Err(TokenError::BadSignature));
}

proptest! {
    #[test]
    fn a_changed_character_is_never_accepted(position in 3_usize..192, shift in 1_u8..32) {
        let text = samples()[0].sign(&key(1));
        let mut characters: Vec<char> = text.chars().collect();
        let value = base32::value(characters[position]).unwrap();
        characters[position] = base32::character((value + shift) % 32);
        let changed: String = characters.into_iter().collect();
        prop_assert!(verify(&changed, ISSUED).is_err());
    }

    #[test]
    fn no_text_makes_the_token_reader_panic(text in "\\PC{0,300}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = verify(&text, ISSUED);
        let framed = format!("LG1{}", base32::encode(&bytes));
        prop_assert!(verify(&framed, ISSUED).is_err());
    }

    #[test]
    fn base32_survives_the_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = base32::encode(&bytes);
        prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
        prop_assert_eq!(base32::decode(&text), Some(bytes));
    }
}
