//! Spreadsheets as halls keep them: good rows kept, bad rows named, and everything that is no sheet of posts
//! told apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::Code;
use hall_app::api::desk::{ImportReport, SheetFormat};
use hall_app::api::{DeskCommand, DeskReply};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::reply;
use crate::support::{DAY, Market, PIN, assert_no_number, assert_plain, id_number, refused};

const HEADINGS: &str = "用工方,工种,岗位名称,工作内容,工作地点,招用人数,开工日期,上工时间,下工时间,工钱,计薪单位,结算方式,录用条件,保险和福利,劳动保护和危害";

/// A row that can be published; `change` replaces the n-th cell.
fn row(title: &str, change: Option<(usize, &str)>) -> String {
    let day = DAY;
    let mut cells = vec![
        "示范建筑劳务有限公司",
        "瓦工",
        title,
        "砌花坛围墙",
        "锦绣园 3 号楼",
        "2",
        day,
        "09:30",
        "17:30",
        "350",
        "天",
        "当天结",
        "会砌砖",
        "用工方买意外险",
        "发安全帽",
    ];
    if let Some((at, cell)) = change {
        cells[at] = cell;
    }
    cells.join(",")
}

fn csv(rows: &[String]) -> Vec<u8> {
    format!("{HEADINGS}\r\n{}\r\n", rows.join("\r\n")).into_bytes()
}

fn command(name: &str, bytes: &[u8], commit: bool) -> DeskCommand {
    DeskCommand::ImportPosts { name: name.into(), data: BASE64.encode(bytes), commit }
}

fn import(market: &Market, name: &str, bytes: &[u8], commit: bool) -> ImportReport {
    reply!(market.act(command(name, bytes, commit)), DeskReply::Import)
}

#[test]
fn broken_rows_are_named_and_good_ones_kept() {
    let market = Market::new();
    market.employer();
    let number = id_number(8);
    let bad: &[(usize, &str, &str)] = &[
        (0, "没有登记的公司", "没有登记过用工方“没有登记的公司”"),
        (0, &number, "没有登记过用工方"),
        (0, "", "没有填用工方"),
        (5, "0", "招用人数“0”不对"),
        (5, "-1", "招用人数“-1”不对"),
        (6, "2026-02-30", "开工日期"),
        (6, "2026-11-19", "开工时间已经过去"),
        (6, &number, "开工日期"),
        (9, "100", "最低"),
        (9, "面议", "金额“面议”不对"),
        (10, "一车", "计薪单位“一车”不认识"),
        (10, "", "没有选工钱按时"),
        (11, "随便", "结算方式“随便”不认识"),
        (12, "限男性", "限男性"),
        (13, "", "没有写"),
        (1, "", "没有填工种"),
        (3, "砌\u{0}墙", "工作内容：第 2 个字符"),
    ];
    let mut rows = vec![row("好的一", None)];
    rows.extend(bad.iter().enumerate().map(|(n, (at, cell, _))| row(&format!("坏的{n}"), Some((*at, cell)))));
    rows.push(row("好的二", None));
    let bytes = csv(&rows);

    let before = market.store().head().unwrap().seq;
    let shown = import(&market, "posts.csv", &bytes, false);
    assert_eq!((shown.good, shown.bad, shown.committed), (2, bad.len() as u32, false));
    assert_eq!(market.store().head().unwrap().seq, before, "looking stores nothing");
    let kept = import(&market, "posts.csv", &bytes, true);
    assert_eq!((kept.good, kept.bad, kept.committed), (2, bad.len() as u32, true));
    for (n, (row, (.., expected))) in kept.rows[1..].iter().zip(bad).enumerate() {
        assert_eq!(row.row, n as u32 + 3, "as the spreadsheet counts");
        let all = row.problems.join("\n");
        assert!(!row.ok && row.post.is_none() && all.contains(expected), "{expected}: {all}");
        assert_plain(&all);
        assert_no_number(&all);
    }
    let titles: Vec<String> = market.view().posts.into_iter().map(|post| post.card.title).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    for row in [&kept.rows[0], kept.rows.last().unwrap()] {
        assert_eq!(market.post(row.post.as_ref().unwrap()).card.places, 2);
    }
    market.verify();
}

#[test]
fn importing_twice_publishes_once() {
    let market = Market::new();
    market.employer();
    let rows = [row("甲", None), row("乙", None), row("甲", None)];
    let first = import(&market, "posts.csv", &csv(&rows), true);
    assert_eq!((first.good, first.bad), (2, 1));
    assert!(first.rows[2].problems[0].contains("都相同"), "{:?}", first.rows[2]);
    let head = market.store().head().unwrap().seq;
    let second = import(&market, "posts.csv", &csv(&rows), true);
    assert_eq!((second.good, second.bad), (0, 3));
    assert_eq!(market.store().head().unwrap().seq, head);
}

#[test]
fn the_gbk_that_spreadsheet_programs_write_is_read() {
    let market = Market::new();
    market.employer();
    let text = String::from_utf8(csv(&[row("搬家", None)])).unwrap();
    let (gbk, _, unmappable) = encoding_rs::GBK.encode(&text);
    assert!(!unmappable);
    let report = import(&market, "帖子.CSV", &gbk, true);
    assert_eq!((report.good, report.rows[0].title.as_str()), (1, "搬家"));
    // With a byte-order mark.
    let marked = [b"\xef\xbb\xbf".to_vec(), csv(&[row("保洁", None)])].concat();
    assert_eq!(import(&market, "a.csv", &marked, true).good, 1);
}

#[test]
fn what_is_no_sheet_of_posts_is_refused_as_such() {
    let market = Market::new();
    market.employer();
    let before = market.store().head().unwrap().seq;
    let mut wages = Workbook::new();
    wages.add_worksheet().set_name("工资表").unwrap().write_string(0, 0, "姓名").unwrap();
    let wages = wages.save_to_buffer().unwrap();
    let png: Vec<u8> = [b"\x89PNG\r\n\x1a\n".to_vec(), vec![0xff; 300]].concat();
    let missing_column = csv(&[row("甲", None)]).iter().copied().skip("用工方,".len()).collect::<Vec<u8>>();
    let unclosed = format!("{HEADINGS}\n\"{}", row("甲", None));
    for (name, bytes, expected) in [
        ("工资.xlsx", wages.as_slice(), "表头"),
        ("posts.csv", b"", "表头"),
        ("posts.csv", b"\n\n , ,\n", "表头"),
        ("posts.csv", &missing_column, "用工方"),
        ("posts.csv", &png, "请"),
        ("photo.xlsx", &png, "不是能读的 .xlsx"),
        ("posts.xlsx", b"", "不是能读的 .xlsx"),
        ("posts.xls", b"\xd0\xcf\x11\xe0", ".xls"),
        ("posts", b"x", ".xlsx 和 .csv"),
        ("posts.pdf", b"%PDF", ".xlsx 和 .csv"),
    ] {
        let error = refused(market.ask(command(name, bytes, true)), Code::SheetUnreadable);
        assert!(error.message.contains(expected), "{name}: {}", error.message);
    }
    let torn = DeskCommand::ImportPosts { name: "a.csv".into(), data: "x*x".into(), commit: true };
    refused(market.ask(torn), Code::SheetUnreadable);
    let huge = DeskCommand::ImportPosts { name: "a.csv".into(), data: "A".repeat(24 << 20), commit: true };
    assert!(refused(market.ask(huge), Code::SheetUnreadable).message.contains("太大"));
    // A quote that is never closed makes one broken row, not a crash.
    let report = import(&market, "a.csv", unclosed.as_bytes(), true);
    assert_eq!((report.good, report.bad), (0, 1));
    assert_eq!(market.store().head().unwrap().seq, before);
}

#[test]
fn fifty_thousand_rows_are_refused_at_once() {
    let market = Market::new();
    market.employer();
    let before = market.store().head().unwrap().seq;
    let rows: Vec<String> = (0..50_000).map(|n| row(&format!("活{n}"), None)).collect();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in HEADINGS.split(',').enumerate() {
        sheet.write_string(0, column as u16, heading).unwrap();
    }
    for at in 1..=50_000 {
        sheet.write_string(at, 0, "示范建筑劳务有限公司").unwrap().write_number(at, 5, 2).unwrap();
    }
    for (name, bytes) in [("a.csv", csv(&rows)), ("a.xlsx", book.save_to_buffer().unwrap())] {
        let began = std::time::Instant::now();
        let error = refused(market.ask(command(name, &bytes, true)), Code::SheetUnreadable);
        assert!(error.message.contains("2000 行"), "{}", error.message);
        assert!(began.elapsed().as_secs() < 10, "{name}: {:?}", began.elapsed());
    }
    // Two cells at the far ends of a sheet claim seventeen thousand million between them.
    let mut wide = Workbook::new();
    let sheet = wide.add_worksheet();
    sheet.write_string(0, 0, "用工方").unwrap().write_string(1_048_575, 16_383, "x").unwrap();
    let wide = wide.save_to_buffer().unwrap();
    refused(market.ask(command("a.xlsx", &wide, true)), Code::SheetUnreadable);
    assert_eq!(market.store().head().unwrap().seq, before);
    let report = import(&market, "a.csv", &csv(&rows[..500]), true);
    assert_eq!((report.good, report.bad), (500, 0));
    market.verify();
}

#[test]
fn the_template_comes_back_clean() {
    for (format, extension) in [(SheetFormat::Csv, "csv"), (SheetFormat::Xlsx, "xlsx")] {
        let market = Market::new();
        market.employer();
        let file = reply!(market.act(DeskCommand::PostTemplate { format }), DeskReply::File);
        assert!(file.name.ends_with(extension), "{}", file.name);
        // The example's date is of the day after the test's, its employer is registered.
        let bytes = BASE64.decode(&file.data).unwrap();
        let report = import(&market, &file.name, &bytes, true);
        assert_eq!((report.good, report.bad), (1, 0), "{:?}", report.rows);
        let post = market.post(report.rows[0].post.as_ref().unwrap());
        assert_eq!((post.card.first_day.as_str(), post.card.start.as_str()), ("2026-11-21", "07:30"));
        assert!(post.card.transport);
    }
}

/// Dates, times and numbers as cells of their own kind, columns in another order, a sheet before and a title
/// above.
#[test]
fn a_workbook_as_people_make_it() {
    let market = Market::new();
    market.employer();
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().write_string(0, 0, "填表说明").unwrap();
    let sheet = book.add_worksheet().set_name("用工").unwrap();
    let headings = [
        "上工时间",
        "下工时间",
        "开工日期",
        "招用人数",
        "工钱",
        "计薪单位",
        "结算方式",
        "用工方",
        "工种",
        "岗位名称",
        "工作地点",
        "工作内容",
        "录用条件",
        "保险和福利",
        "劳动保护和危害",
        "备注",
    ];
    for (column, heading) in headings.iter().enumerate() {
        sheet.write_string(2, column as u16, *heading).unwrap();
    }
    let time = Format::new().set_num_format("hh:mm");
    let date = Format::new().set_num_format("yyyy/m/d");
    for (at, day) in [(3, 20), (6, 21)] {
        let (nine, five) =
            (ExcelDateTime::from_hms(9, 30, 0).unwrap(), ExcelDateTime::from_hms(17, 0, 0).unwrap());
        sheet.write_datetime_with_format(at, 0, &nine, &time).unwrap();
        sheet.write_datetime_with_format(at, 1, &five, &time).unwrap();
        let day = ExcelDateTime::from_ymd(2026, 11, day).unwrap();
        sheet.write_datetime_with_format(at, 2, &day, &date).unwrap();
        sheet.write_number(at, 3, 3).unwrap();
        sheet.write_number(at, 4, 260.5).unwrap();
        let words = [
            "天",
            "日结",
            "91350100M000100Y43",
            "瓦工",
            "砌墙",
            "锦绣园",
            "砌花坛",
            "会砌砖",
            "买意外险",
            "发安全帽",
            "没有这一列",
        ];
        for (column, word) in words.iter().enumerate() {
            sheet.write_string(at, column as u16 + 5, *word).unwrap();
        }
    }
    let report = import(&market, "a.xlsx", &book.save_to_buffer().unwrap(), true);
    assert_eq!((report.good, report.bad), (2, 0), "{:?}", report.rows);
    assert_eq!(report.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [4, 7]);
    let card = market.post(report.rows[0].post.as_ref().unwrap()).card;
    assert_eq!((card.first_day.as_str(), card.start.as_str(), card.end.as_str()), (DAY, "09:30", "17:00"));
    assert_eq!((card.places, card.pay.amount), (3, 26_050));
}

#[test]
fn import_is_for_staff() {
    let market = Market::new();
    market.act(DeskCommand::Lock);
    refused(market.ask(command("a.csv", b"", true)), Code::Locked);
    market.log_in(crate::support::DESK, &market.supervisor, PIN).unwrap();
    refused(market.ask(command("a.csv", b"", true)), Code::SheetUnreadable);
}
