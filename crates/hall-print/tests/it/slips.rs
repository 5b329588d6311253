//! Slips and cards.

use std::time::Instant;

use hall_print::slip::{Reprint, SlipWidth, card, slip};

use crate::sample;

#[test]
fn look() {
    let fonts = sample::fonts();
    for width in SlipWidth::ALL {
        let dots = width.dots();
        let out = std::env::temp_dir().join("hall-print-look");
        std::fs::create_dir_all(&out).unwrap();
        let mut reprint = sample::slip();
        reprint.reprint = Some(Reprint { n: 2, at: "08:40".into() });
        for (name, content) in [("confirmed", sample::slip()), ("standby", sample::standby()), ("reprint", reprint)] {
            let t = Instant::now();
            let made = slip(&content, &fonts, width).unwrap();
            println!("{name} {dots} {:?} {:?}", t.elapsed(), made.paper);
            std::fs::write(out.join(format!("{name}-{dots}.png")), made.paper.to_png().unwrap()).unwrap();
        }
        let made = card(&sample::card(), &fonts, width).unwrap();
        std::fs::write(out.join(format!("card-{dots}.png")), made.paper.to_png().unwrap()).unwrap();
    }
}
