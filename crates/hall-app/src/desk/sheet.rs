//! Spreadsheets of posts, as halls keep them today: .xlsx or .csv in, one verdict a row, good rows kept.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use calamine::{Data, Reader, Xlsx};
use hall_core::EntityId;
use hall_core::entity::PostStatus;
use hall_core::fact::PostTerms;
use hall_core::vocab::{Meals, PayUnit, Settlement, Severity};
use hall_store::Draft;

use super::posts;
use crate::api::DeskReply;
use crate::api::desk::{ImportReport, ImportRow, SheetFormat};
use crate::api::shared::{FileView, PostForm};
use crate::error::{AppError, Code};
use crate::forms::{PostDraft, quoted};
use crate::hall::{Hall, Inner, Now};

/// Rows of one import: more than any hall posts in a month, and still read in a moment.
const ROWS_MAX: usize = 2_000;
/// Rows that are looked at: the headings, the rows of an import, and one that is too many.
const READ_MAX: usize = ROWS_MAX + 2;
/// Columns that are looked at.
const WIDTH_MAX: usize = 200;
/// Bytes of a file; a sheet of `ROWS_MAX` rows has a tenth of it.
const BYTES_MAX: usize = 16 << 20;
/// Posts made durable in one act.
const CHUNK: usize = 50;

/// The columns of the template; a file may have them in any order, and others besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Employer,
    Trade,
    Title,
    Content,
    Address,
    Places,
    FirstDay,
    LastDay,
    Start,
    End,
    Rest,
    Pay,
    Unit,
    Settlement,
    Meals,
    Transport,
    Requirements,
    Insurance,
    Protection,
    Certificate,
    Bring,
    ContactName,
    ContactPhone,
    ContactPublic,
    Urgent,
}

/// Column, heading, example, and whether a file without it is no sheet of posts.
const COLUMNS: &[(Column, &str, &str, bool)] = &[
    (Column::Employer, "用工方", "示范建筑劳务有限公司", true),
    (Column::Trade, "工种", "瓦工", true),
    (Column::Title, "岗位名称", "小区砌墙", true),
    (Column::Content, "工作内容", "砌花坛围墙，和灰、递砖有小工", false),
    (Column::Address, "工作地点", "城东锦绣园 3 号楼", true),
    (Column::Places, "招用人数", "5", true),
    (Column::FirstDay, "开工日期", "2026-11-21", true),
    (Column::LastDay, "结束日期", "2026-11-21", false),
    (Column::Start, "上工时间", "07:30", true),
    (Column::End, "下工时间", "17:30", true),
    (Column::Rest, "休息分钟", "60", false),
    (Column::Pay, "工钱", "350", true),
    (Column::Unit, "计薪单位", "天", true),
    (Column::Settlement, "结算方式", "当天结", true),
    (Column::Meals, "管饭", "管一顿饭", false),
    (Column::Transport, "接送", "是", false),
    (Column::Requirements, "录用条件", "会砌砖，能看懂线", false),
    (Column::Insurance, "保险和福利", "用工方买意外险", false),
    (Column::Protection, "劳动保护和危害", "发安全帽和手套", false),
    (Column::Certificate, "需要证书", "", false),
    (Column::Bring, "自带物品", "瓦刀", false),
    (Column::ContactName, "联系人", "王师傅", false),
    (Column::ContactPhone, "联系电话", "13800000000", false),
    (Column::ContactPublic, "公开电话", "否", false),
    (Column::Urgent, "急招", "否", false),
];

/// A sheet as text, with the row numbers that the spreadsheet program shows.
struct Sheet {
    columns: Vec<Option<Column>>,
    rows: Vec<(u32, Vec<String>)>,
}

impl Sheet {
    fn get(&self, row: &[String], column: Column) -> String {
        let at = self.columns.iter().position(|known| *known == Some(column));
        at.and_then(|at| row.get(at)).map(|cell| cell.trim().to_owned()).unwrap_or_default()
    }
}

fn unreadable(message: impl Into<String>) -> AppError {
    AppError::new(Code::SheetUnreadable, message)
}

pub(super) fn import(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    name: &str,
    data: &str,
    commit: bool,
) -> Result<DeskReply, AppError> {
    if data.len() > BYTES_MAX * 4 / 3 {
        return Err(unreadable(format!("文件太大，一次最多 {} MB，请分成几个文件", BYTES_MAX >> 20)));
    }
    let bytes = BASE64.decode(data.trim()).map_err(|_| unreadable("文件没有传完整，请重新选择文件"))?;
    let sheet = match name.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("xlsx") => read_xlsx(&bytes)?,
        Some("csv") => read_csv(&bytes)?,
        _ => return Err(unreadable("只认 .xlsx 和 .csv 文件。老的 .xls 请在表格软件里另存为 .xlsx 再导入")),
    };
    let mut read: Vec<(ImportRow, Option<PostDraft>)> = Vec::with_capacity(sheet.rows.len());
    for (number, row) in &sheet.rows {
        let twin = |terms: &PostTerms| {
            read.iter().filter_map(|(_, draft)| draft.as_ref()).any(|d| same(&d.terms, terms))
        };
        let (row, draft) = read_row(app, inner, now, &sheet, *number, row, twin);
        read.push((row, draft));
    }
    if commit {
        store(app, inner, now, by, &mut read);
    }
    let rows: Vec<ImportRow> = read.into_iter().map(|(row, _)| row).collect();
    let good = rows.iter().filter(|row| row.ok).count() as u32;
    Ok(DeskReply::Import(ImportReport { good, bad: rows.len() as u32 - good, committed: commit, rows }))
}

/// Keeps the good rows, a chunk an act; what cannot be kept is said row by row.
fn store(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    read: &mut [(ImportRow, Option<PostDraft>)],
) {
    let good: Vec<usize> = (0..read.len()).filter(|n| read[*n].1.is_some()).collect();
    for chunk in good.chunks(CHUNK) {
        let mut drafts: Vec<Draft> = Vec::with_capacity(chunk.len() * 2);
        let mut kept: Vec<usize> = Vec::with_capacity(chunk.len());
        for n in chunk {
            let Some(draft) = read[*n].1.take() else { continue };
            match posts::publish_drafts(app, by, draft) {
                Ok(pair) => {
                    let first = drafts.len();
                    kept.push(*n);
                    drafts.extend(pair.into_iter().map(|draft| follow_from(draft, first)));
                }
                Err(error) => fail(&mut read[*n].0, &error),
            }
        }
        match app.commit(inner, now, drafts) {
            Ok(applied) => {
                for (n, op) in kept.iter().zip(applied.iter().step_by(2)) {
                    read[*n].0.post = Some(op.id.to_string());
                }
            }
            Err(error) => kept.iter().for_each(|n| fail(&mut read[*n].0, &error)),
        }
    }
}

/// A post's second draft follows the first, wherever the pair stands in the act.
fn follow_from(draft: Draft, first: usize) -> Draft {
    match draft.subject {
        hall_store::Subject::Draft(n) => Draft { subject: hall_store::Subject::Draft(n + first), ..draft },
        hall_store::Subject::New | hall_store::Subject::Entity(_) => draft,
    }
}

fn fail(row: &mut ImportRow, error: &AppError) {
    row.ok = false;
    row.problems.push(error.message.clone());
}

fn same(a: &PostTerms, b: &PostTerms) -> bool {
    a.employer == b.employer
        && a.title == b.title
        && a.address == b.address
        && a.first_day == b.first_day
        && a.start == b.start
}

fn read_row(
    app: &Hall,
    inner: &Inner,
    now: Now,
    sheet: &Sheet,
    number: u32,
    row: &[String],
    twin: impl Fn(&PostTerms) -> bool,
) -> (ImportRow, Option<PostDraft>) {
    let mut problems = Vec::new();
    let form = form(app, inner, sheet, row, &mut problems);
    let title = if form.title.is_empty() { form.trade.clone() } else { form.title.clone() };
    let employer: Option<EntityId> = form.employer.parse().ok();
    let draft = PostDraft::read(&form, employer.unwrap_or(EntityId::new(0, 0, 0)), Some(now.hall));
    let mut warnings = Vec::new();
    let draft = match draft {
        Err(wrong) => {
            problems.extend(wrong);
            None
        }
        Ok(draft) => {
            let employer = employer.and_then(|id| inner.live.employers.get(&id));
            for finding in posts::findings(app, inner, &form, employer, Some(&draft)) {
                match finding.severity {
                    Severity::Block => problems.push(format!("{}（{}）", finding.message, finding.source)),
                    Severity::Warn => {
                        warnings.push(format!("提醒：{}（{}）", finding.message, finding.source));
                    }
                    Severity::Info => {}
                }
            }
            let known = inner
                .live
                .posts
                .values()
                .any(|post| post.post.status == PostStatus::Open && same(&post.post.terms, &draft.terms));
            if known || twin(&draft.terms) {
                problems.push("已经有一个用工方、岗位、地点和时间都相同的活，这一行不再发布".into());
            }
            Some(draft)
        }
    };
    let ok = problems.is_empty();
    problems.extend(warnings);
    (ImportRow { row: number, title, ok, problems, post: None }, draft.filter(|_| ok))
}

fn form(app: &Hall, inner: &Inner, sheet: &Sheet, row: &[String], problems: &mut Vec<String>) -> PostForm {
    let get = |column| sheet.get(row, column);
    let yes =
        |column| matches!(get(column).as_str(), "是" | "有" | "包" | "接" | "接送" | "1" | "√" | "y" | "Y");
    let mut word = |column, name: &str, words: &[(&str, usize)]| -> Option<usize> {
        let text = get(column);
        if text.is_empty() {
            return None;
        }
        let found = words.iter().find(|(word, _)| text == *word).map(|(_, n)| *n);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            problems.push(format!("{name}“{}”不认识，请填：{}", quoted(&text), known.join("、")));
        }
        found
    };
    let units = [
        ("时", 0),
        ("小时", 0),
        ("元/时", 0),
        ("天", 1),
        ("日", 1),
        ("元/天", 1),
        ("月", 2),
        ("元/月", 2),
        ("全活", 3),
        ("件", 3),
        ("次", 3),
    ];
    let unit = word(Column::Unit, "计薪单位", &units).map(|n| PayUnit::ALL[n]);
    let settlements = [
        ("当天结", 0),
        ("日结", 0),
        ("每周结", 1),
        ("周结", 1),
        ("半月结", 2),
        ("每月结", 3),
        ("月结", 3),
        ("干完结", 4),
        ("完工结", 4),
    ];
    let settlement = word(Column::Settlement, "结算方式", &settlements).map(|n| Settlement::ALL[n]);
    let meals = [
        ("不管饭", 0),
        ("不管", 0),
        ("否", 0),
        ("无", 0),
        ("管一顿饭", 1),
        ("管午饭", 1),
        ("是", 1),
        ("管饭", 1),
        ("管三餐", 2),
    ];
    let meals = word(Column::Meals, "管饭", &meals).map(|n| Meals::ALL[n]);
    let employer = get(Column::Employer);
    let employer_id = find_employer(inner, &employer);
    match (&employer_id, employer.is_empty()) {
        (_, true) => problems.push("没有填用工方，请补上".into()),
        (None, false) => {
            let employer = quoted(&employer);
            problems.push(format!("没有登记过用工方“{employer}”，请先到“用工方”登记，或核对名称"));
        }
        (Some(_), false) => {}
    }
    let certificate = get(Column::Certificate);
    let certificate_code = app
        .book
        .special_trades()
        .iter()
        .find(|trade| [&trade.certificate, &trade.name, &trade.code].contains(&&certificate))
        .map(|trade| trade.code.clone());
    if certificate_code.is_none() && !certificate.is_empty() {
        let certificate = quoted(&certificate);
        problems.push(format!("证书“{certificate}”不在名单里，请照名单填，或写到录用条件里"));
    }
    let rest = get(Column::Rest);
    let rest_minutes = rest.parse().unwrap_or_else(|_| {
        if !rest.is_empty() {
            problems.push(format!("休息分钟“{}”不对，请填整数，例如 60", quoted(&rest)));
        }
        0
    });
    PostForm {
        employer: employer_id.map(|id| id.to_string()).unwrap_or_default(),
        trade: get(Column::Trade),
        title: get(Column::Title),
        content: get(Column::Content),
        address: get(Column::Address),
        first_day: get(Column::FirstDay),
        last_day: get(Column::LastDay),
        start: get(Column::Start),
        end: get(Column::End),
        rest_minutes,
        places: get(Column::Places),
        pay: get(Column::Pay),
        unit,
        settlement,
        meals,
        transport: yes(Column::Transport),
        requirements: get(Column::Requirements),
        insurance: get(Column::Insurance),
        protection: get(Column::Protection),
        certificate: certificate_code.unwrap_or_default(),
        bring: get(Column::Bring),
        contact_name: get(Column::ContactName),
        contact_phone: get(Column::ContactPhone),
        contact_public: yes(Column::ContactPublic),
        urgent: yes(Column::Urgent),
        ..PostForm::default()
    }
}

/// The employer whose name or credit code stands in the row; `None` unless there is exactly one.
fn find_employer(inner: &Inner, text: &str) -> Option<EntityId> {
    let mut found = inner.live.employers.iter().filter(|(_, employer)| {
        let identity = employer.identity.as_ref();
        employer.shown_name == text
            || identity.is_some_and(|identity| identity.name == text || identity.code == text)
    });
    let first = found.next()?;
    found.next().is_none().then_some(*first.0)
}

/// The first sheet whose first row with text has the headings.
fn read_xlsx(bytes: &[u8]) -> Result<Sheet, AppError> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|_| unreadable("这个文件不是能读的 .xlsx 表格，请在表格软件里另存为 .xlsx 再导入"))?;
    let names = book.sheet_names();
    for name in names {
        let Some(rows) = rows_of(&mut book, &name) else { continue };
        if let Some(sheet) = sheet_of(rows.into_iter())? {
            return Ok(sheet);
        }
    }
    Err(no_headings())
}

/// The rows of a sheet that hold text, as far as an import takes them. Read cell by cell: how long and wide a
/// sheet claims to be must not decide how much memory and time it gets.
fn rows_of(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Option<Vec<(u32, Vec<String>)>> {
    let mut cells = book.worksheet_cells_reader(name).ok()?;
    let mut rows: Vec<(u32, Vec<String>)> = Vec::new();
    while let Some(cell) = cells.next_cell().ok()? {
        let (row, column) = (cell.get_position().0 + 1, cell.get_position().1 as usize);
        let text = cell_text(&cell.get_value().clone().into());
        if text.trim().is_empty() || column >= WIDTH_MAX {
            continue;
        }
        if rows.last().is_none_or(|(last, _)| *last != row) {
            if rows.len() == READ_MAX {
                break;
            }
            rows.push((row, Vec::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            cells.resize(cells.len().max(column + 1), String::new());
            cells[column] = text;
        }
    }
    Some(rows)
}

fn cell_text(cell: &Data) -> String {
    match cell {
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, ..) = at.to_ymd_hms_milli();
            // A time of day is a fraction of a day: Excel puts it on the day before its calendar begins.
            if at.as_f64() < 1.0 {
                format!("{hour:02}:{minute:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02}")
            }
        }
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        other => other.to_string(),
    }
}

/// UTF-8, or the GBK in which spreadsheet programs in China save .csv.
fn read_csv(bytes: &[u8]) -> Result<Sheet, AppError> {
    let text = if let Ok(text) = std::str::from_utf8(bytes) {
        text.trim_start_matches('\u{feff}').to_owned()
    } else {
        let (text, _, broken) = encoding_rs::GB18030.decode(bytes);
        if broken {
            return Err(unreadable("文件里的汉字读不出来，请在表格软件里另存为 .xlsx 再导入"));
        }
        text.into_owned()
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut number = 0;
    for record in reader.records() {
        let record =
            record.map_err(|_| unreadable("这个 .csv 文件的格式坏了，请在表格软件里另存为 .xlsx 再导入"))?;
        let at = record.position().map_or(0, |position| position.byte() as usize);
        number += 1 + blank_lines(&text, at);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == READ_MAX {
            break;
        }
        rows.push((number, record.iter().take(WIDTH_MAX).map(str::to_owned).collect::<Vec<_>>()));
    }
    sheet_of(rows.into_iter())?.ok_or_else(no_headings)
}

/// Empty lines before the record that begins at `at`: the reader skips them, a spreadsheet program counts them.
fn blank_lines(text: &str, at: usize) -> u32 {
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    // Of a line that ends in \r\n the reader leaves the \n to the next record.
    let rest = if before.ends_with('\r') { rest.strip_prefix('\n').unwrap_or(rest) } else { rest };
    rest.chars().take_while(|c| matches!(c, '\r' | '\n')).filter(|c| *c == '\n').count() as u32
}

fn no_headings() -> AppError {
    let needed: Vec<&str> = COLUMNS.iter().filter(|column| column.3).map(|column| column.1).collect();
    unreadable(format!("表里找不到活的表头（要有 {}），可能选错了表。请下载模板照着填", needed.join("、")))
}

/// `rows` without empty ones, from the headings down; `None` when this is no sheet of posts.
fn sheet_of(mut rows: impl Iterator<Item = (u32, Vec<String>)>) -> Result<Option<Sheet>, AppError> {
    let Some((_, headings)) = rows.next() else { return Ok(None) };
    let column = |heading: &String| {
        let heading = heading.trim().trim_end_matches(['*', '＊']);
        COLUMNS.iter().find(|(_, name, ..)| *name == heading).map(|(column, ..)| *column)
    };
    let columns: Vec<Option<Column>> = headings.iter().map(column).collect();
    if COLUMNS.iter().any(|(column, _, _, needed)| *needed && !columns.contains(&Some(*column))) {
        return Ok(None);
    }
    let rows: Vec<_> = rows.take(ROWS_MAX + 1).collect();
    if rows.len() > ROWS_MAX {
        return Err(unreadable(format!(
            "表里超过 {ROWS_MAX} 行，一次最多导入 {ROWS_MAX} 行，请分成几个文件"
        )));
    }
    Ok(Some(Sheet { columns, rows }))
}

/// The empty sheet to fill in, with one example row.
pub(super) fn template(format: SheetFormat) -> Result<FileView, AppError> {
    let (name, bytes) = match format {
        SheetFormat::Csv => ("用工信息模板.csv", template_csv()),
        SheetFormat::Xlsx => ("用工信息模板.xlsx", template_xlsx()),
    };
    let bytes = bytes.ok_or_else(|| AppError::new(Code::Internal, "模板做不出来，请重试").retryable())?;
    Ok(FileView { name: name.to_owned(), data: BASE64.encode(bytes) })
}

/// With a byte-order mark, or spreadsheet programs in China read it as GBK.
fn template_csv() -> Option<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS.iter().map(|(_, name, ..)| name)).ok()?;
    writer.write_record(COLUMNS.iter().map(|(_, _, example, _)| example)).ok()?;
    writer.into_inner().ok()
}

fn template_xlsx() -> Option<Vec<u8>> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("用工信息").ok()?;
    let bold = rust_xlsxwriter::Format::new().set_bold();
    for (n, (_, name, example, needed)) in COLUMNS.iter().enumerate() {
        let column = n as u16;
        let heading = if *needed { format!("{name}*") } else { (*name).to_owned() };
        sheet.write_string_with_format(0, column, heading, &bold).ok()?;
        sheet.write_string(1, column, *example).ok()?;
        sheet.set_column_width(column, (name.chars().count() * 2 + 4).max(12) as f64).ok()?;
    }
    sheet.set_freeze_panes(1, 0).ok()?;
    book.save_to_buffer().ok()
}
