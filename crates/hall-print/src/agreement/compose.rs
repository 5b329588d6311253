//! Setting an agreement on A4 sheets: measuring, wrapping, breaking pages.
//!
//! The text is set once; every copy is the same sheets with its own label, so that no copy can differ.

use hall_core::vocab::Sex;

use super::template::{Clause, Part, Section, Template};
use super::{AgreementContent, EmployerFacts};
use crate::PrintError;
use crate::fonts::{Fonts, Glyph, Weight};
use crate::pdf::{HEIGHT, Item, Sheet, WIDTH};
use crate::slip::Reprint;
use crate::text::{width, wrap};

pub(super) const LEFT: f32 = 51.0;
pub(super) const RIGHT: f32 = WIDTH - 51.0;
const MIDDLE: f32 = WIDTH / 2.0;
/// Where the text of the first and of a further sheet begins, and where the text of each ends.
const FIRST_TOP: f32 = 124.0;
const NEXT_TOP: f32 = 62.0;
pub(super) const BOTTOM: f32 = HEIGHT - 48.0;

/// The square of the QR code, and where the title and the line below it end beside it.
const QR: f32 = 70.0;
const HEAD_RIGHT: f32 = RIGHT - QR - 8.0;
/// The line below the title.
const MADE: f32 = 9.0;
const MADE_TOP: f32 = 88.0;
const MADE_LINE: f32 = 12.0;

pub(super) const BODY: f32 = 10.0;
const LINE: f32 = 14.6;
const HEADING: f32 = 10.5;
pub(super) const SMALL: f32 = 7.5;
/// Clauses hang from their numbers.
const INDENT: f32 = 15.0;
const THIN: f32 = 0.5;

const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

/// A row of one side of the table: labels with their values.
type Row<'a> = Vec<(&'static str, &'a str)>;

pub(super) struct Composed {
    /// The text, a sheet a page.
    pub(super) bodies: Vec<Sheet>,
    /// Head and foot of every sheet of every copy.
    pub(super) edges: Vec<Sheet>,
    pub(super) copies: u32,
    pub(super) missing: Vec<char>,
}

pub(super) fn compose(
    content: &AgreementContent,
    template: &Template,
    fonts: &Fonts,
) -> Result<Composed, PrintError> {
    let mut setter = Setter { fonts, missing: Vec::new(), sheets: vec![Sheet::new()], y: FIRST_TOP };
    let made = setter.made(content);
    setter.y = FIRST_TOP.max(MADE_TOP + made.len() as f32 * MADE_LINE + 10.0);
    setter.parties(content, template);
    setter.paragraph(&template.opening, LEFT);
    // A template of more sections than numerals would still be printed whole.
    let numerals = NUMERALS.into_iter().chain(std::iter::repeat("附"));
    for ((section, clauses), numeral) in template.clauses(content)?.into_iter().zip(numerals) {
        setter.section(numeral, section, &clauses, content);
    }
    setter.notes(content);
    setter.rights(template);
    setter.signatures(template, matches!(content.employer, EmployerFacts::Private { .. }));

    let bodies = std::mem::take(&mut setter.sheets);
    let labels: &[&str] = if content.hall_copy {
        &["甲方联", "乙方联", "市场联"]
    } else {
        &["甲方联", "乙方联"]
    };
    let mut edges = Vec::new();
    for label in labels {
        for page in 1..=bodies.len() {
            edges.push(setter.edge(content, template, &made, label, (page, bodies.len())));
        }
    }
    Ok(Composed { bodies, edges, copies: labels.len() as u32, missing: setter.missing })
}

/// The sheets so far; `y` is the top of the next line.
struct Setter<'a> {
    fonts: &'a Fonts,
    missing: Vec<char>,
    sheets: Vec<Sheet>,
    y: f32,
}

impl Setter<'_> {
    fn shape(&mut self, text: &str, strong: bool) -> Vec<Glyph> {
        let mut glyphs = self.fonts.shape(text, Weight::Regular, &mut self.missing);
        for glyph in &mut glyphs {
            glyph.strong = strong;
        }
        glyphs
    }

    fn put(&mut self, item: Item) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.push(item);
        }
    }

    /// Turns the page unless `height` fits on this one; whether it did.
    fn room(&mut self, height: f32) -> bool {
        let turned = self.y + height > BOTTOM;
        if turned {
            self.sheets.push(Sheet::new());
            self.y = NEXT_TOP;
        }
        turned
    }

    /// One line whose top is at `y`.
    fn line(&mut self, glyphs: Vec<Glyph>, x: f32, y: f32, size: f32) {
        self.put(text(glyphs, x, y, size));
    }

    /// Wraps between `left` and the right margin, over as many pages as it takes.
    fn flow(&mut self, glyphs: &[Glyph], left: f32) {
        for line in wrap(glyphs, (RIGHT - left) / BODY) {
            self.room(LINE);
            let y = self.y;
            self.line(line, left, y, BODY);
            self.y += LINE;
        }
    }

    fn paragraph(&mut self, words: &str, left: f32) {
        let glyphs = self.shape(words, false);
        self.flow(&glyphs, left);
    }

    /// Both sides in one table, each row as high as its longer half.
    fn parties(&mut self, content: &AgreementContent, template: &Template) {
        let (a, b) = (employer_rows(&content.employer), worker_rows(content));
        let heads = [&template.party_a, &template.party_b].map(|head| self.shape(head, true));
        self.table_row(heads.clone(), None);
        for n in 0..a.len().max(b.len()) {
            let halves = [&a, &b].map(|rows| {
                let mut glyphs = Vec::new();
                for (label, value) in rows.get(n).into_iter().flatten() {
                    glyphs.extend(self.shape(label, false));
                    glyphs.extend(self.shape(value, true));
                }
                glyphs
            });
            self.table_row(halves, Some(&heads));
        }
        self.y += 5.0;
    }

    /// One row, over as many pages as it takes; `heads` say whose halves these are, and are said again overleaf.
    fn table_row(&mut self, halves: [Vec<Glyph>; 2], heads: Option<&[Vec<Glyph>; 2]>) {
        const PAD: f32 = 5.0;
        /// A row is split only where more lines than these stand before the split.
        const TOGETHER: usize = 4;
        let halves = halves.map(|glyphs| wrap(&glyphs, (MIDDLE - LEFT - 2.0 * PAD) / BODY));
        let lines = halves[0].len().max(halves[1].len());
        let mut first = 0;
        while first < lines {
            if self.room((lines - first).min(TOGETHER) as f32 * LINE + 3.0)
                && let Some(heads) = heads
            {
                self.table_row(heads.clone(), None);
            }
            let y = self.y;
            let count = (lines - first).min(((BOTTOM - y - 3.0) / LINE) as usize).max(1);
            let height = count as f32 * LINE + 3.0;
            for (x, lines) in [LEFT, MIDDLE].into_iter().zip(&halves) {
                self.put(Item::Frame { x, y, width: MIDDLE - LEFT, height, thick: THIN });
                for (line, n) in lines.iter().skip(first).take(count).zip(0_u8..) {
                    self.line(line.clone(), x + PAD, y + 1.5 + f32::from(n) * LINE, BODY);
                }
            }
            self.y += height;
            first += count;
        }
    }

    fn section(&mut self, numeral: &str, section: &Section, clauses: &[&Clause], content: &AgreementContent) {
        let heading = self.shape(&format!("{numeral}、{}", section.heading), true);
        let taken = width(&heading) * HEADING + 12.0;
        let sources = self.shape(&sources(clauses), false);
        let lines = wrap(&sources, (RIGHT - LEFT - taken) / SMALL);
        let height = LINE.max(lines.len() as f32 * (SMALL + 2.0) + 5.0);
        self.y += 3.0;
        // A heading never stands alone at the foot of a page.
        self.room(height + LINE);
        let y = self.y;
        self.line(heading, LEFT, y, HEADING);
        for (line, n) in lines.into_iter().zip(0_u8..) {
            let x = RIGHT - width(&line) * SMALL;
            self.line(line, x, y + 3.0 + f32::from(n) * (SMALL + 2.0), SMALL);
        }
        self.y += height;
        for (clause, n) in clauses.iter().zip(1..) {
            self.clause(n, &clause.text.0, content);
        }
    }

    fn clause(&mut self, n: usize, parts: &[Part], content: &AgreementContent) {
        let mut glyphs = Vec::new();
        for part in parts {
            match part {
                Part::Words(words) => glyphs.extend(self.shape(words, false)),
                Part::Fact(field) => {
                    let value = field.value(content);
                    glyphs.extend(self.shape(filled(&value), true));
                }
            }
        }
        self.numbered(&format!("{n}."), &glyphs);
    }

    fn numbered(&mut self, number: &str, glyphs: &[Glyph]) {
        self.room(LINE);
        let number = self.shape(number, false);
        let y = self.y;
        self.line(number, LEFT, y, BODY);
        self.flow(glyphs, LEFT + INDENT);
    }

    fn notes(&mut self, content: &AgreementContent) {
        if content.notes.is_empty() {
            return;
        }
        self.y += 3.0;
        self.room(2.0 * LINE);
        let heading = self.shape("签名前请看", true);
        let y = self.y;
        self.line(heading, LEFT, y, HEADING);
        self.y += LINE;
        for (note, n) in content.notes.iter().zip(1..) {
            let glyphs = self.shape(&format!("{}（{}）", filled(&note.text), note.source), false);
            self.numbered(&format!("{n}."), &glyphs);
        }
    }

    /// Where the worker can turn, in a box that is never split.
    fn rights(&mut self, template: &Template) {
        const PAD: f32 = 6.0;
        let mut glyphs = self.shape("有事找谁：", true);
        glyphs.extend(self.shape(&template.rights.text, false));
        glyphs.extend(self.shape(&format!("（{}）", template.rights.source), false));
        let lines = wrap(&glyphs, (RIGHT - LEFT - 2.0 * PAD) / BODY);
        let height = lines.len() as f32 * LINE + PAD;
        self.y += 5.0;
        // The box and the signatures stay together: nobody signs a sheet that says nothing else.
        self.room(height + SIGNATURES);
        let y = self.y;
        self.put(Item::Frame { x: LEFT, y, width: RIGHT - LEFT, height, thick: 1.0 });
        for (line, n) in lines.into_iter().zip(0_u8..) {
            self.line(line, LEFT + PAD, y + PAD / 2.0 + f32::from(n) * LINE, BODY);
        }
        self.y += height;
    }

    fn signatures(&mut self, template: &Template, private: bool) {
        const PAD: f32 = 5.0;
        const PRINT: f32 = 54.0;
        let word = &template.word;
        self.y += 4.0;
        let seal = if private { "" } else { "（单位盖章）" };
        self.paragraph(
            &format!(
                "本{word}由双方在纸上亲笔签名、按手印{seal}后生效。二维码和短码只用来核对编号，不代替签名。"
            ),
            LEFT,
        );
        let top = self.y + 2.0;
        let height = 84.0;
        let date = "日期：　　　　年　　月　　日";
        let first = if private {
            ["甲方（亲笔签名）：", "", date]
        } else {
            ["甲方（签名、盖章）：", "经办人（签名）：", date]
        };
        // An organisation sets its seal where a person sets a finger.
        for (left, right, lines, finger) in
            [(LEFT, MIDDLE, first, private), (MIDDLE, RIGHT, ["乙方（亲笔签名）：", "", date], true)]
        {
            self.put(Item::Frame { x: left, y: top, width: right - left, height, thick: THIN });
            for (line, y) in lines.into_iter().zip([4.0, 34.0, height - LINE - 3.0]) {
                let glyphs = self.shape(line, false);
                self.line(glyphs, left + PAD, top + y, BODY);
            }
            if finger {
                let (x, y) = (right - PAD - PRINT, top + PAD);
                self.put(Item::Frame { x, y, width: PRINT, height: PRINT, thick: THIN });
                let label = self.shape("手印", false);
                self.line(label, x + PRINT / 2.0 - SMALL, y + PRINT + 2.0, SMALL);
            }
        }
        self.y = top + height;
    }

    /// Which agreement this is, of which hall and of which day: one line, or more in a hall of a long name.
    fn made(&mut self, content: &AgreementContent) -> Vec<Vec<Glyph>> {
        let words = format!("编号：{}　　{}　　{}", content.number, content.hall, date_words(content));
        wrap(&self.shape(&words, false), (HEAD_RIGHT - LEFT) / MADE)
    }

    /// Head and foot of one sheet of one copy; `page` is its number and the number of pages.
    fn edge(
        &mut self,
        content: &AgreementContent,
        template: &Template,
        made: &[Vec<Glyph>],
        label: &str,
        page: (usize, usize),
    ) -> Sheet {
        let mut sheet = Sheet::new();
        let label_glyphs = self.shape(label, true);
        sheet.push(Item::Frame { x: LEFT, y: 34.0, width: 48.0, height: 20.0, thick: 1.0 });
        sheet.push(centred(label_glyphs, LEFT, LEFT + 48.0, 36.5, 12.0));
        if page.0 == 1 {
            let title = self.shape(&template.title, true);
            // The longest title is 17 characters.
            sheet.push(centred(title, LEFT, HEAD_RIGHT, 62.0, 18.0));
            for (line, n) in made.iter().zip(0_u8..) {
                sheet.push(centred(
                    line.clone(),
                    LEFT,
                    HEAD_RIGHT,
                    MADE_TOP + f32::from(n) * MADE_LINE,
                    MADE,
                ));
            }
            sheet.push(Item::Qr { x: RIGHT - QR, y: 30.0, side: QR });
            let code = self.shape(&content.short_code, true);
            sheet.push(centred(code, RIGHT - QR, RIGHT, 102.0, 12.0));
        } else {
            let head = self.shape(&format!("{}（续）　编号：{}", template.title, content.number), false);
            let x = RIGHT - width(&head) * 9.0;
            sheet.push(text(head, x, 38.0, 9.0));
        }
        let y = HEIGHT - 42.0;
        sheet.push(Item::Rule { from: (LEFT, y), to: (RIGHT, y), thick: THIN });
        let foot = self.shape(&format!("{label}　第{}页　共{}页", page.0, page.1), false);
        sheet.push(centred(foot, LEFT, RIGHT, y + 3.0, 9.0));
        sheet
    }
}

/// Above the head of a page, where nothing else is.
pub(super) fn reprint_mark(reprint: &Reprint, fonts: &Fonts) -> Sheet {
    const TOP: f32 = 14.0;
    let mut glyphs = fonts.shape(&reprint.to_string(), Weight::Regular, &mut Vec::new());
    for glyph in &mut glyphs {
        glyph.strong = true;
    }
    let wide = width(&glyphs) * HEADING + 12.0;
    vec![
        Item::Frame { x: LEFT, y: TOP, width: wide, height: 17.0, thick: 1.0 },
        centred(glyphs, LEFT, LEFT + wide, TOP + 1.0, HEADING),
    ]
}

/// The height of what [`Setter::signatures`] draws, with the sentence over two lines.
const SIGNATURES: f32 = 4.0 + 2.0 * LINE + 2.0 + 84.0;

fn text(glyphs: Vec<Glyph>, x: f32, top: f32, size: f32) -> Item {
    // The em box stands in the middle of the line; its baseline is 0.88 em below its top.
    Item::Text { x, y: top + (LINE - BODY) / 2.0 + 0.88 * size, size, glyphs }
}

pub(super) fn centred(glyphs: Vec<Glyph>, left: f32, right: f32, top: f32, size: f32) -> Item {
    let x = (left + right - width(&glyphs) * size) / 2.0;
    text(glyphs, x, top, size)
}

/// A value without its own full stop; a fact that is not known leaves a line to write on.
fn filled(value: &str) -> &str {
    exact(value.trim().trim_end_matches(['。', '；', '.', ';']))
}

/// A name or a number as it is, with the full stop of `Co., Ltd.`
fn exact(value: &str) -> &str {
    let value = value.trim();
    if value.is_empty() { "____________" } else { value }
}

/// The sources of several clauses, each law named once: `劳动合同法17、70条；劳动法48条`.
fn sources(clauses: &[&Clause]) -> String {
    let mut laws: Vec<(&str, Vec<&str>)> = Vec::new();
    let named = clauses.iter().flat_map(|clause| clause.source.split('；')).filter(|s| *s != "双方约定");
    for source in named {
        let at = source.find(|ch: char| ch.is_ascii_digit()).unwrap_or(source.len());
        let (law, articles) = source.split_at(at);
        let articles = articles.trim_end_matches('条').split('、').filter(|a| !a.is_empty());
        let n = laws.iter().position(|(name, _)| *name == law).unwrap_or_else(|| {
            laws.push((law, Vec::new()));
            laws.len() - 1
        });
        let known = &mut laws[n].1;
        for article in articles {
            if !known.contains(&article) {
                known.push(article);
            }
        }
    }
    let words = |(law, articles): (&str, Vec<&str>)| {
        let mut articles = articles;
        articles.sort_by_key(|a| a.parse::<u32>().unwrap_or(u32::MAX));
        if articles.is_empty() { law.to_owned() } else { format!("{law}{}条", articles.join("、")) }
    };
    laws.into_iter().map(words).collect::<Vec<_>>().join("；")
}

fn date_words(content: &AgreementContent) -> String {
    let number = content.date.number();
    format!("{}年{}月{}日", number / 10_000, number / 100 % 100, number % 100)
}

fn employer_rows(employer: &EmployerFacts) -> Vec<Row<'_>> {
    match employer {
        EmployerFacts::Organisation { name, credit_code, address, legal_head, agent, phone } => {
            let mut heads = vec![("法定代表人：", exact(legal_head))];
            heads.extend(agent.as_deref().map(|agent| ("　经办人：", exact(agent))));
            vec![
                vec![("名称：", exact(name))],
                vec![("统一社会信用代码：", exact(credit_code))],
                vec![("地址：", exact(address))],
                heads,
                vec![("电话：", exact(phone))],
            ]
        }
        EmployerFacts::Private { name, id_number, address, phone } => vec![
            vec![("姓名：", exact(name))],
            vec![("身份证号：", exact(id_number))],
            vec![("住址：", exact(address))],
            vec![("电话：", exact(phone))],
        ],
    }
}

fn worker_rows(content: &AgreementContent) -> Vec<Row<'_>> {
    let worker = &content.worker;
    let sex = match worker.sex {
        Sex::Male => "男",
        Sex::Female => "女",
    };
    vec![
        vec![("姓名：", exact(&worker.name)), ("　性别：", sex)],
        vec![("身份证号：", exact(&worker.id_number))],
        vec![("住址：", exact(&worker.address))],
        vec![("电话：", exact(&worker.phone))],
    ]
}
