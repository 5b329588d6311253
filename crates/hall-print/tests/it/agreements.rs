//! Agreements.

use std::time::Instant;

use hall_core::vocab::AgreementType;
use hall_print::agreement::agreement;

use crate::sample;

#[test]
fn look() {
    let fonts = sample::fonts();
    let out = std::env::temp_dir().join("hall-print-look");
    std::fs::create_dir_all(&out).unwrap();
    for kind in AgreementType::ALL {
        let t = Instant::now();
        let made = agreement(&sample::agreement(*kind), &fonts).unwrap();
        println!("{kind:?} {:?} {} bytes, {} pages, missing {:?}", t.elapsed(), made.paper.pdf.len(), made.paper.pages_per_copy, made.missing);
        std::fs::write(out.join(format!("{kind:?}.pdf")), made.paper.pdf).unwrap();
    }
}
