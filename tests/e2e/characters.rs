//! Every character that a name or an address may be written with, as the windows draw it.

use hall_tests::webdriver::Session;
use serde_json::{Value, json};

use crate::support::fresh_hall;

/// What is asked in one go.
const AT_ONCE: usize = 500;

/// Loads the page's own font files once more under other names, set half as large: what comes out half as large was
/// drawn by them and not by a font of the system. Returns the addresses of the files.
const PREPARE: &str = r#"
    const done = arguments[arguments.length - 1];
    const faces = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]
      .filter((rule) => rule instanceof CSSFontFaceRule && rule.style.fontFamily.includes("Hall Sans"))
      .map((rule) => ({
        weight: rule.style.getPropertyValue("font-weight"),
        file: new URL(/url\("?([^")]*)"?\)/.exec(rule.style.getPropertyValue("src"))[1], sheet.href).href,
      })));
    const stack = getComputedStyle(document.body).fontFamily;
    const loads = faces.map(({ weight, file }) => {
      const face = new FontFace("Half Size", `url("${file}")`, { weight, sizeAdjust: "50%" });
      document.fonts.add(face);
      return face.load();
    });
    const own = [400, 700].map((weight) => document.fonts.load(`${weight} 40px "Hall Sans"`, "永"));
    Promise.all([...loads, ...own]).then(
      () => done({ stack, files: faces.map((face) => face.file) }), (error) => done({ error: String(error) }));
"#;

/// Draws each character with the page's fonts and with the half-sized ones; returns those with which something is wrong.
const DRAW: &str = r#"
    const [characters, weight, stack] = arguments;
    const EM = 40, SIDE = 64, LEFT = 8, BASE = 48;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const ink = (character, family) => {
      pen.clearRect(0, 0, SIDE, SIDE);
      pen.font = `${weight} ${EM}px ${family}`;
      pen.fillText(character, LEFT, BASE);
      const dots = pen.getImageData(0, 0, SIDE, SIDE).data;
      const drawn = { dots: "", black: 0, left: SIDE, right: 0, top: SIDE, bottom: 0 };
      for (let at = 0; at < SIDE * SIDE; at += 1) {
        const alpha = dots[at * 4 + 3];
        if (alpha < 64) continue;
        const x = at % SIDE, y = (at - x) / SIDE;
        drawn.black += 1;
        drawn.dots += at + " " + (alpha >> 4) + ",";
        drawn.left = Math.min(drawn.left, x);
        drawn.right = Math.max(drawn.right, x);
        drawn.top = Math.min(drawn.top, y);
        drawn.bottom = Math.max(drawn.bottom, y);
      }
      return drawn;
    };
    const unknown = ["\u{10FFFE}", "\u{5FFFE}", "\uFFFE", "\u0378"];
    const missing = unknown.flatMap((character) => [stack, '"Half Size"'].map((f) => ink(character, f).dots));
    const wrong = [];
    for (const character of characters) {
      const shown = ink(character, stack);
      const half = ink(character, '"Half Size"');
      const width = half.right - half.left, height = half.bottom - half.top;
      if (shown.black < 12) wrong.push(character + " is blank");
      else if (missing.includes(shown.dots)) wrong.push(character + " is a silent box");
      else if (half.black < 6 || Math.max(width, height) > EM / 2 + 2) wrong.push(character + " is foreign");
    }
    return wrong;
"#;

/// The page's fonts as CSS names them, and the addresses of their files.
fn prepare(window: &Session) -> (Value, Vec<String>) {
    let mut prepared = window.run_async(PREPARE, &[]).unwrap();
    assert_eq!(prepared["error"], Value::Null);
    (prepared["stack"].take(), serde_json::from_value(prepared["files"].take()).unwrap())
}

fn wrong(window: &Session, characters: &[char], weight: u16, stack: &Value) -> Vec<String> {
    let wrong = window.run(DRAW, &[json!(characters), json!(weight), stack.clone()]).unwrap();
    serde_json::from_value(wrong).unwrap()
}

#[test]
fn the_windows_draw_every_standard_character_with_their_own_fonts() {
    let list = include_str!("../characters/general-standard.txt");
    let characters: Vec<char> =
        list.lines().filter(|line| !line.starts_with('#')).flat_map(str::chars).collect();
    assert_eq!(characters.len(), 8_105);
    let hall = fresh_hall();
    let kiosk = hall.screens.kiosk().unwrap();
    let (stack, files) = prepare(kiosk);
    assert_eq!(files.len(), 2, "one for each weight: {files:?}");
    for weight in [400, 700] {
        // The test itself knows a character that the page's fonts do not have.
        assert_eq!(
            wrong(kiosk, &['永', '𪻐'], weight, &stack),
            ["𪻐 is foreign"],
            "apt install fonts-hanazono"
        );
        assert_eq!(wrong(kiosk, &['\u{10fffe}'], weight, &stack).len(), 1);
        for characters in characters.chunks(AT_ONCE) {
            assert_eq!(wrong(kiosk, characters, weight, &stack), [] as [String; 0], "weight {weight}");
        }
    }
    for window in [hall.screens.desk().unwrap(), hall.screens.wall().unwrap()] {
        assert_eq!(prepare(window), (stack.clone(), files.clone()), "all windows have the same fonts");
    }
}

/// The page names the font of the rarest characters, and does not leave it to the system.
#[test]
fn a_character_that_only_the_added_font_has_is_drawn_by_it() {
    let hall = fresh_hall();
    let kiosk = hall.screens.kiosk().unwrap();
    let (stack, _) = prepare(kiosk);
    let same = "const [character, stack] = arguments;
        const pictures = [stack, 'HanaMinB'].map((family) => {
          const canvas = document.createElement('canvas');
          const pen = canvas.getContext('2d');
          pen.font = `40px ${family}`;
          pen.fillText(character, 8, 60);
          return canvas.toDataURL();
        });
        return pictures[0] === pictures[1] ? 'drawn by HanaMinB' : 'drawn by another';";
    let drawn = |ch: &str| kiosk.run(same, &[json!(ch), stack.clone()]).unwrap();
    assert_eq!(drawn("𪻐"), "drawn by HanaMinB", "apt install fonts-hanazono");
    assert_eq!(drawn("永"), "drawn by another");
    assert!(stack.as_str().is_some_and(|stack| stack.contains("HanaMinB")), "{stack}");
}
