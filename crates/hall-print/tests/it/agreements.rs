//! Agreements, read back from the PDF files by poppler.

use hall_core::vocab::AgreementType;
use hall_core::{Fen, vocab::PayUnit};
use hall_print::agreement::{
    Agreement, AgreementContent, AgreementFlags, AgreementNote, EmployerFacts, agreement, pages, reprinted,
    test_sheet,
};
use hall_print::slip::{Reprint, TestPageContent};

use crate::sample;
use crate::tools::{Temp, ask, golden, updating};

fn made(content: &AgreementContent) -> Agreement {
    let made = agreement(content, &sample::fonts()).unwrap();
    assert_eq!(made.missing, []);
    made.paper
}

/// The text of the pages as poppler reads it, without blank lines and with single spaces.
fn text(paper: &Agreement) -> String {
    let file = Temp::new("agreement.pdf", &paper.pdf);
    let raw = ask("pdftotext", "poppler-utils", &["-layout"], &file, &["-"]);
    let lines = raw.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The text as one piece, so that it does not matter where lines break.
fn flat(text: &str) -> String {
    text.split_whitespace().collect()
}

fn name(kind: AgreementType) -> &'static str {
    match kind {
        AgreementType::PartTimeContract => "part_time",
        AgreementType::TaskContract => "task",
        AgreementType::ServiceAgreement => "service",
        AgreementType::OverAgeWrittenAgreement => "over_age",
    }
}

#[test]
fn each_type_reads_as_it_did() {
    for kind in AgreementType::ALL {
        let read = text(&made(&sample::agreement(*kind)));
        let path = golden(&format!("agreement-{}.txt", name(*kind)));
        if updating() {
            std::fs::write(&path, &read).unwrap();
        }
        assert_eq!(read, std::fs::read_to_string(&path).unwrap(), "{kind:?}");
    }
}

#[test]
fn both_copies_say_everything_and_fit_in_thirty_kilobytes() {
    for kind in AgreementType::ALL {
        let content = sample::agreement(*kind);
        let paper = made(&content);
        assert!(paper.pdf.len() <= 30 * 1024, "{kind:?}: {} bytes", paper.pdf.len());
        assert_eq!((paper.copies, paper.pages_per_copy), (2, 1), "{kind:?}");
        let read = flat(&text(&paper));
        assert!(!read.contains(['{', '}']), "{kind:?}");
        let job = &content.job;
        let worker = &content.worker;
        let (employer, number) = match &content.employer {
            EmployerFacts::Organisation { name, credit_code, .. } => (name, credit_code),
            EmployerFacts::Private { name, id_number, .. } => (name, id_number),
        };
        for fact in [
            &content.number,
            &content.hall,
            employer,
            number,
            &worker.name,
            &worker.id_number,
            &worker.address,
            &worker.phone,
            &job.title,
            &job.work,
            &job.place,
            &job.term,
            &job.hours,
            &job.rest,
            &job.protection,
            &job.hazards[0],
            &job.hazards[1],
            &job.meals,
            &job.transport,
            &content.short_code,
            &"每天260元（大写：贰佰陆拾元整）".to_owned(),
            &"当天结清".to_owned(),
            &"12333".to_owned(),
            &"12348".to_owned(),
            &"手印".to_owned(),
            &"第1页共1页".to_owned(),
        ] {
            assert_eq!(read.matches(&flat(fact)).count() % 2, 0, "{kind:?}: {fact} is not on both copies");
            assert!(read.contains(&flat(fact)), "{kind:?} lacks {fact}");
        }
        assert!(read.contains("甲方联") && read.contains("乙方联"));
    }
}

#[test]
fn the_file_is_sound_and_claims_nothing_it_is_not() {
    for kind in AgreementType::ALL {
        let paper = made(&sample::agreement(*kind));
        let file = Temp::new("agreement.pdf", &paper.pdf);
        let fonts = ask("pdffonts", "poppler-utils", &[], &file, &[]);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert_eq!(rows.len(), 1, "{fonts}");
        for row in rows {
            let words: Vec<&str> = row.split_whitespace().collect();
            assert_eq!(words[words.len() - 5..words.len() - 2], ["yes", "yes", "yes"], "emb sub uni: {row}");
        }
        let info = ask("pdfinfo", "poppler-utils", &["-isodates"], &file, &[]);
        assert!(info.contains("2026-11-20") && info.contains("A4"), "{info}");
        assert!(!info.contains("PDF subtype"), "{info}");
        // Nothing on the paper may pass for a signature that is not made in ink.
        let read = flat(&text(&paper));
        for word in ["电子签", "电子合同", "数字签", "不属于劳动关系", "不存在劳动关系", "不构成劳动关系"]
        {
            assert!(!read.contains(word), "{kind:?} says {word}");
        }
        assert!(read.contains("亲笔签名") && read.contains("不代替签名"));
    }
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let content = sample::agreement(AgreementType::TaskContract);
    let first = made(&content);
    assert_eq!(first, made(&content));
    assert_ne!(first, made(&AgreementContent { number: "KW-20261120-0038".into(), ..content }));
}

#[test]
fn the_code_on_the_page_can_be_scanned() {
    let content = sample::agreement(AgreementType::ServiceAgreement);
    let pdf = Temp::new("agreement.pdf", &made(&content).pdf);
    let out = Temp::new("page.png", &[]);
    let stem = out.path().with_extension("");
    ask(
        "pdftoppm",
        "poppler-utils",
        &["-r", "300", "-f", "2", "-l", "2", "-singlefile", "-png"],
        &pdf,
        &[stem.to_str().unwrap()],
    );
    let read = ask("zbarimg", "zbar-tools", &["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"], &out, &[]);
    assert_eq!(read.trim_end(), content.qr);
}

#[test]
fn conditions_bring_their_clauses() {
    let mut content = sample::agreement(AgreementType::PartTimeContract);
    content.flags = AgreementFlags { minor: true, ..AgreementFlags::default() };
    content.job.hazards.clear();
    content.job.accident_insurance = None;
    content.job.pay = Fen(2_250);
    content.job.pay_unit = PayUnit::Hour;
    content.job.pay_day = Some("收工时".into());
    content.job.rest = String::new();
    content.minimum_wage = None;
    content.hall_copy = true;
    content.notes = vec![AgreementNote {
        text: "乙方生日当天满16岁。".into(),
        source: "禁止使用童工规定2条".into(),
    }];
    let paper = made(&content);
    assert_eq!(paper.copies, 3);
    let read = flat(&text(&paper));
    for words in [
        "未满18岁",
        "没有职业危害",
        "每小时22.5元（大写：贰拾贰元伍角整）",
        "当天结清，收工时支付",
        "休息：____________。",
        "一式三份",
        "奎文零工大厅留一份",
        "市场联",
        "签名前请看1.乙方生日当天满16岁（禁止使用童工规定2条）",
    ] {
        assert!(read.contains(words), "lacks {words}: {read}");
    }
    for words in ["意外伤害保险", "当地最低工资：", "一式两份"] {
        assert!(!read.contains(words), "has {words}");
    }

    let mut content = sample::agreement(AgreementType::ServiceAgreement);
    content.employer = sample::agreement(AgreementType::TaskContract).employer;
    content.flags.student = true;
    let read = flat(&text(&made(&content)));
    assert!(read.contains("在校学生") && read.contains("甲方有过错的") && !read.contains("甲方是个人"));

    let mut content = sample::agreement(AgreementType::OverAgeWrittenAgreement);
    content.flags = AgreementFlags { pensioner: true, ..AgreementFlags::default() };
    let read = flat(&text(&made(&content)));
    assert!(read.contains("已领取基本养老金") && !read.contains("已到法定退休年龄"));
}

#[test]
fn a_long_description_runs_over_pages_and_loses_nothing() {
    let mut content = sample::agreement(AgreementType::TaskContract);
    content.job.work =
        (1..=400).map(|n| format!("第{n}处阀门拆下，清洗，装回，试压")).collect::<Vec<_>>().join("；");
    let paper = made(&content);
    assert!(paper.pages_per_copy >= 4, "{}", paper.pages_per_copy);
    let file = Temp::new("agreement.pdf", &paper.pdf);
    let copies = paper.pages_per_copy;
    let page = |n: u32| {
        let n = n.to_string();
        flat(&ask("pdftotext", "poppler-utils", &["-layout", "-f", &n, "-l", &n], &file, &["-"]))
    };
    let mut all = String::new();
    for n in 1..=copies * 2 {
        let read = page(n);
        let (label, of) = if n <= copies { ("甲方联", n) } else { ("乙方联", n - copies) };
        assert!(read.contains(&format!("{label}第{of}页共{copies}页")), "page {n}: {read}");
        assert!(read.contains("编号：KW-20261120-0037"), "page {n}");
        assert_eq!(read.contains("（续）"), of > 1, "page {n}");
        assert_eq!(read.contains("有事找谁"), of == copies, "page {n}");
        assert_eq!(read.contains("乙方（亲笔签名）"), of == copies, "page {n}");
        all.push_str(&read);
    }
    for n in [1, 57, 200, 399, 400] {
        assert_eq!(all.matches(&format!("第{n}处阀门拆下")).count(), 2, "{n}");
    }
}

#[test]
fn what_comes_out_once_more_is_marked_on_every_page_and_otherwise_as_it_was() {
    let mut content = sample::agreement(AgreementType::TaskContract);
    content.job.work =
        (1..=80).map(|n| format!("第{n}处阀门拆下，清洗，装回")).collect::<Vec<_>>().join("；");
    let first = made(&content);
    assert_eq!(first.pages_per_copy, 2);
    let reprint = Reprint { n: 3, at: "11月21日 05:12".into() };
    let marked = reprinted(&first.pdf, &reprint, &sample::fonts()).unwrap();
    let file = Temp::new("marked.pdf", &marked);
    let fonts = ask("pdffonts", "poppler-utils", &[], &file, &[]);
    for row in fonts.lines().skip(2) {
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(words[words.len() - 5..words.len() - 2], ["yes", "yes", "yes"], "emb sub uni: {row}");
    }
    for page in 0..4 {
        let read = |pdf: &[u8]| {
            let (file, n) = (Temp::new("page.pdf", pdf), (page + 1).to_string());
            ask("pdftotext", "poppler-utils", &["-layout", "-f", &n, "-l", &n], &file, &["-"])
        };
        let (read, before) = (flat(&read(&marked)), flat(&read(&first.pdf)));
        assert_eq!(read.replace("补打第3次11月21日05:12", ""), before, "page {page}");
        assert!(read.contains("补打第3次11月21日05:12"), "page {page}: {read}");
        let (now, then) = (drawn(&marked, page), drawn(&first.pdf, page));
        // 34 points from the top begins what an agreement has on its page.
        let head = (then.width * 34 * then.height / 842) as usize;
        assert!(now.rows[head..] == then.rows[head..], "page {page} is changed below the mark");
        assert!(now.rows[..head] != then.rows[..head], "page {page} bears no mark that one sees");
    }
    assert_eq!(marked, reprinted(&first.pdf, &reprint, &sample::fonts()).unwrap());
    assert!(reprinted(b"no file at all", &reprint, &sample::fonts()).is_err());
}

#[test]
fn a_test_sheet_has_what_agreements_have_and_its_code_can_be_scanned() {
    let content = TestPageContent {
        hall: "奎文零工大厅".into(),
        printer: "ipp://localhost:631/printers/A4".into(),
        printed: "2026-11-20 05:00".into(),
        qr: "奎文零工大厅 2026-11-20 05:00".into(),
    };
    let sheet = test_sheet(&content, hall_core::Day::new(2026, 11, 20).unwrap(), &sample::fonts()).unwrap();
    assert_eq!((sheet.missing, pages(&sheet.paper)), (vec![], Some(1)));
    let pdf = Temp::new("sheet.pdf", &sheet.paper);
    let read = flat(&ask("pdftotext", "poppler-utils", &["-layout"], &pdf, &["-"]));
    for words in ["奎文零工大厅", "ipp://localhost:631/printers/A4", "2026-11-2005:00"] {
        assert!(read.contains(words), "lacks {words}: {read}");
    }
    let out = Temp::new("sheet.png", &[]);
    let stem = out.path().with_extension("");
    ask("pdftoppm", "poppler-utils", &["-r", "300", "-singlefile", "-png"], &pdf, &[stem.to_str().unwrap()]);
    let read = ask("zbarimg", "zbar-tools", &["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"], &out, &[]);
    assert_eq!(read.trim_end(), content.qr);
}

/// A page as poppler draws it: grey dots, row by row.
struct Drawn {
    width: u32,
    height: u32,
    rows: Vec<u8>,
}

fn drawn(pdf: &[u8], page: u32) -> Drawn {
    let (file, out, n) = (Temp::new("page.pdf", pdf), Temp::new("page.pgm", &[]), (page + 1).to_string());
    let stem = out.path().with_extension("");
    let before = ["-r", "75", "-f", &n, "-l", &n, "-singlefile", "-gray"];
    ask("pdftoppm", "poppler-utils", &before, &file, &[stem.to_str().unwrap()]);
    let bytes = std::fs::read(out.path()).unwrap();
    let head: Vec<&str> =
        std::str::from_utf8(&bytes[..15]).unwrap().split_ascii_whitespace().take(4).collect();
    let [_, width, height, _] = head[..] else { panic!("{head:?}") };
    let (width, height): (u32, u32) = (width.parse().unwrap(), height.parse().unwrap());
    let rows = bytes[bytes.len() - (width * height) as usize..].to_vec();
    Drawn { width, height, rows }
}

/// The lines of one page of a file, from top to bottom.
fn lines_of(file: &Temp, page: u32) -> Vec<String> {
    let n = page.to_string();
    let read = ask("pdftotext", "poppler-utils", &["-layout", "-f", &n, "-l", &n], file, &["-"]);
    read.lines().map(flat).filter(|line| !line.is_empty()).collect()
}

#[test]
fn ten_pages_are_ten_pages_on_each_copy_and_nothing_is_cut() {
    let mut content = sample::agreement(AgreementType::PartTimeContract);
    // Of thirty characters that no font has: each takes the room of six.
    content.hall = "\u{323af}".repeat(30);
    content.worker.address = (1..=400).map(|n| format!("第{n}户")).collect::<Vec<_>>().concat();
    content.job.work =
        (1..=1_200).map(|n| format!("第{n}处阀门拆下，清洗，装回")).collect::<Vec<_>>().join("；");
    content.notes = (1..=40)
        .map(|n| AgreementNote {
            text: format!("第{n}件要看清的事"), source: "劳动合同法".into()
        })
        .collect();
    content.hall_copy = true;
    let paper = agreement(&content, &sample::fonts()).unwrap().paper;
    let pages = paper.pages_per_copy;
    assert!(pages >= 10, "{pages}");
    let file = Temp::new("agreement.pdf", &paper.pdf);
    let mut all = String::new();
    for page in 1..=pages * 3 {
        let (copy, n) = ((page - 1) / pages, (page - 1) % pages + 1);
        let label = ["甲方联", "乙方联", "市场联"][copy as usize];
        let lines = lines_of(&file, page);
        assert!(lines[0].starts_with(label), "page {page}: {}", lines[0]);
        assert_eq!(lines.last().unwrap(), &format!("{label}第{n}页共{pages}页"));
        let read = lines.concat();
        assert_eq!(read.contains("非全日制劳动合同（续）编号：KW-20261120-0037"), n > 1, "page {page}");
        assert_eq!(read.contains("有事找谁") && read.contains("乙方（亲笔签名）"), n == pages, "page {page}");
        // Wherever a part of the table is, it says whose it is.
        let table = read.contains("住址：") || read.contains("户") || read.contains("电话：");
        assert_eq!(table, read.contains("乙方（劳动者）"), "page {page}");
        // Without what stands between the halves of a sentence that goes on overleaf.
        all += &lines[1..lines.len() - 1].concat().replace("甲方（用人单位）乙方（劳动者）", "");
    }
    for (words, many) in [("户", 400), ("处阀门拆下，清洗，装回", 1_200), ("件要看清的事", 40)]
    {
        for n in 1..=many {
            assert_eq!(all.matches(&format!("第{n}{words}")).count(), 3, "第{n}{words}");
        }
    }
    assert_eq!(
        all.matches("〔U+323AF〕").count(),
        180,
        "the hall's name is whole: in the head and as keeper of a copy"
    );
}

/// Wherever the pages turn: no heading is the last line of one, and the signatures have the rights box above them.
#[test]
fn no_heading_is_parted_from_what_it_heads() {
    let fonts = sample::fonts();
    let mut turned_at = std::collections::BTreeSet::new();
    for length in 0..32 {
        let mut content = sample::agreement(AgreementType::OverAgeWrittenAgreement);
        // A line more each time.
        content.job.work = "拆".repeat(20 + length * 47);
        content.notes = vec![AgreementNote { text: "请看清".into(), source: "劳动法".into() }];
        let paper = agreement(&content, &fonts).unwrap().paper;
        let file = Temp::new("agreement.pdf", &paper.pdf);
        for page in 1..paper.pages_per_copy {
            let mut lines = lines_of(&file, page);
            lines.pop();
            let last = lines.pop().unwrap();
            let heading = last == "签名前请看" || last.chars().nth(1) == Some('、');
            assert!(!heading, "{length} lines more: {last} ends page {page}");
            turned_at.insert(last.chars().take(6).collect::<String>());
        }
        let end = lines_of(&file, paper.pages_per_copy).concat();
        assert!(end.contains("有事找谁") && end.contains("乙方（亲笔签名）"), "{length}");
    }
    assert!(turned_at.len() > 9, "pages turn in many places: {turned_at:?}");
}

#[test]
fn a_name_is_printed_as_it_is_written() {
    let mut content = sample::agreement(AgreementType::TaskContract);
    if let EmployerFacts::Organisation { name, agent, .. } = &mut content.employer {
        "Weifang Pipes Co., Ltd.".clone_into(name);
        *agent = Some("Li Jr.".into());
    }
    content.job.work.push('。');
    let read = flat(&text(&made(&content)));
    assert!(read.contains("名称：WeifangPipesCo.,Ltd.") && read.contains("经办人：LiJr."), "{read}");
    assert!(read.contains("清理现场。") && !read.contains("。。"), "a fact ends its sentence once");
}
