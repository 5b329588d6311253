//! The slip (小票) a worker takes from the kiosk, the member card, and a printer's test page.
//!
//! A confirmed slip and a standby slip must never be mistaken for each other: the standby slip has a black
//! head, says that it is no right to a place, and never uses the words of a confirmation. The pay is the
//! largest text on either. Only the masked name is ever given to this module.

mod test_page;

use std::fmt;

pub use test_page::{TestPageContent, test_page};

use crate::canvas::{Canvas, Style};
use crate::fonts::Weight;
use crate::strip::Strip;
use crate::text::width;
use crate::{Fonts, PrintError, Rendered};

/// Dots across the paper: 58 mm and 80 mm rolls at 203 dots an inch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipWidth {
    Dots384,
    Dots576,
}

impl SlipWidth {
    pub const ALL: [Self; 2] = [Self::Dots384, Self::Dots576];

    pub const fn dots(self) -> u32 {
        match self {
            Self::Dots384 => 384,
            Self::Dots576 => 576,
        }
    }

    /// Dots for a module of the slip's code, in order of preference. 4 dots are half a millimetre, which every
    /// scanner reads; on the wide roll there is room for more.
    const fn module_dots(self) -> &'static [u32] {
        match self {
            Self::Dots384 => &[4],
            Self::Dots576 => &[6, 4],
        }
    }

    /// A length drawn for the narrow roll, on this one: the wide roll has larger text, but not in
    /// proportion, so that more fits on a line.
    const fn scale(self, dots: u32) -> u32 {
        match self {
            Self::Dots384 => dots,
            Self::Dots576 => dots * 5 / 4,
        }
    }
}

/// What the worker has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlipState {
    /// A numbered place of the post.
    Confirmed { place: u32, places: u32 },
    /// No place yet: the position in the line of those who wait, and when it is decided (`08:30`).
    Standby { position: u32, decide_by: String },
}

/// A second or later printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reprint {
    /// 1 for the first reprint.
    pub n: u32,
    pub at: String,
}

impl fmt::Display for Reprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "补打 第 {} 次  {}", self.n, self.at)
    }
}

/// Everything that a slip says, in words ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipContent {
    pub hall: String,
    /// `第 12 期 08:30`
    pub edition: String,
    /// `A037`
    pub ticket: String,
    pub state: SlipState,
    pub trade: String,
    pub title: String,
    /// The figure alone: `260`.
    pub pay: String,
    /// `元/天`
    pub pay_unit: String,
    /// `当天结`
    pub settlement: String,
    pub when: String,
    pub place: String,
    /// Who to ask for, and the phone where the employer agreed to show it.
    pub contact: Option<String>,
    pub bring: Option<String>,
    /// `张*`
    pub worker: String,
    /// The signed token; none where there is nothing to redeem.
    pub qr: Option<String>,
    /// `7K4M-2Q`
    pub short_code: String,
    /// What to do next and what to know, a line each.
    pub notes: Vec<String>,
    pub printed: String,
    pub reprint: Option<Reprint>,
}

/// What a member card says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardContent {
    pub hall: String,
    /// The masked name.
    pub worker: String,
    /// The member number, to be typed where the scanner fails.
    pub number: String,
    /// The card's token.
    pub qr: String,
    pub printed: String,
}

/// Draws a slip.
pub fn slip(content: &SlipContent, fonts: &Fonts, width: SlipWidth) -> Result<Rendered<Strip>, PrintError> {
    let mut page = Page::new(fonts, width);
    page.head(content);
    match &content.state {
        SlipState::Confirmed { place, places } => page.confirmed(*place, *places),
        SlipState::Standby { position, decide_by } => page.standby(*position, decide_by),
    }
    page.pay(content);
    page.facts(content);
    if let Some(token) = &content.qr {
        page.canvas.qr(token, width.module_dots())?;
    }
    page.code(&content.short_code);
    page.notes(&content.notes);
    page.foot(&content.printed);
    Ok(page.canvas.finish())
}

/// Draws a member card: the code to hold under the kiosk's scanner, the number to type where that fails.
pub fn card(content: &CardContent, fonts: &Fonts, width: SlipWidth) -> Result<Rendered<Strip>, PrintError> {
    let mut page = Page::new(fonts, width);
    page.canvas.space(page.px(8));
    page.centred(&content.hall, Style::bold(page.px(28)));
    page.centred("零工卡", Style::bold(page.px(52)));
    // A card is read every day for years: as large as it goes.
    page.canvas.qr(&content.qr, &[8, 6, 4])?;
    page.centred(&content.number, Style::bold(page.px(44)));
    page.centred(&content.worker, Style::bold(page.px(36)));
    page.canvas.space(page.px(6));
    page.ruled();
    page.centred("来大厅先扫这张卡签到", Style::regular(page.px(26)));
    page.centred("丢了请到窗口补办", Style::regular(page.px(26)));
    page.foot(&content.printed);
    Ok(page.canvas.finish())
}

/// The canvas with the margins and the scale of one roll.
struct Page<'a> {
    canvas: Canvas<'a>,
    width: SlipWidth,
    left: u32,
    right: u32,
}

impl<'a> Page<'a> {
    fn new(fonts: &'a Fonts, width: SlipWidth) -> Self {
        // The outermost dots of a head wear first: nothing that matters is printed there.
        let margin = width.scale(8);
        Self { canvas: Canvas::new(fonts, width.dots()), width, left: margin, right: width.dots() - margin }
    }

    fn px(&self, dots: u32) -> u32 {
        self.width.scale(dots)
    }

    fn centred(&mut self, text: &str, style: Style) {
        self.canvas.text(text, style.centred(), self.left, self.right);
    }

    fn ruled(&mut self) {
        let gap = self.px(8);
        self.canvas.space(gap);
        self.canvas.rule(self.left, self.right, true);
        self.canvas.space(gap);
    }

    fn head(&mut self, content: &SlipContent) {
        self.canvas.space(self.px(8));
        if let Some(reprint) = &content.reprint {
            self.boxed(&reprint.to_string(), Style::bold(self.px(30)));
        }
        self.centred(&content.hall, Style::bold(self.px(28)));
        self.centred(&content.edition, Style::regular(self.px(24)));
        self.canvas.space(self.px(6));
    }

    /// A line in a frame.
    fn boxed(&mut self, text: &str, style: Style) {
        let (top, pad) = (self.canvas.y, self.px(6));
        self.canvas.space(pad);
        self.canvas.text(text, style.centred(), self.left + pad, self.right - pad);
        self.canvas.space(pad);
        self.canvas.frame(self.left, top, self.right, self.canvas.y, 3);
        self.canvas.space(pad);
    }

    fn confirmed(&mut self, place: u32, places: u32) {
        let (top, pad) = (self.canvas.y, self.px(8));
        self.canvas.space(pad);
        self.centred("已确认", Style::bold(self.px(36)));
        self.centred(&format!("第 {place}/{places} 号"), Style::bold(self.px(56)));
        self.canvas.space(pad);
        self.canvas.frame(self.left, top, self.right, self.canvas.y, 4);
        self.canvas.space(pad);
    }

    fn standby(&mut self, position: u32, decide_by: &str) {
        let (top, pad) = (self.canvas.y, self.px(8));
        self.canvas.space(pad);
        self.centred("候补", Style::bold(self.px(60)));
        self.centred(&format!("排在第 {position} 位"), Style::bold(self.px(40)));
        self.canvas.space(pad);
        self.canvas.invert(self.left, top, self.right, self.canvas.y);
        self.canvas.space(pad);
        self.centred("还没有名额，请先别出发", Style::bold(self.px(30)));
        self.centred(&format!("{decide_by} 前看大屏或问窗口"), Style::bold(self.px(30)));
        self.canvas.space(pad);
    }

    /// The figure as large as the paper allows; its unit beside it, or below where the figure is long.
    fn pay(&mut self, content: &SlipContent) {
        let unit_size = self.px(36);
        let figure = self.canvas.shape(&content.pay, Weight::Bold);
        let unit = self.canvas.shape(&format!(" {}", content.pay_unit), Weight::Bold);
        let across = (self.right - self.left) as f32;
        let unit_width = unit.iter().map(|g| g.advance).sum::<f32>() * unit_size as f32;
        let largest = |room: f32| self.px(92).min((room.max(0.0) / width(&figure).max(0.1)) as u32);
        let beside = largest(across - unit_width);
        let size = if beside >= self.px(56) { beside } else { largest(across) };
        let used = width(&figure) * size as f32 + if size == beside { unit_width } else { 0.0 };
        let left = self.left as f32 + ((across - used) / 2.0).max(0.0);
        let height = size * 11 / 10;
        self.canvas.reserve(height);
        let baseline = (self.canvas.y + size * 9 / 10) as f32;
        let end = self.canvas.line(&figure, Style::bold(size), left, baseline);
        if size == beside {
            self.canvas.line(&unit, Style::bold(unit_size), end, baseline);
        }
        self.canvas.space(height);
        if size != beside {
            self.centred(&content.pay_unit, Style::bold(unit_size));
        }
        self.centred(&format!("结算：{}", content.settlement), Style::bold(self.px(30)));
        self.ruled();
    }

    fn facts(&mut self, content: &SlipContent) {
        self.canvas.text(
            &format!("{} · {}", content.trade, content.title),
            Style::bold(self.px(34)),
            self.left,
            self.right,
        );
        self.canvas.space(self.px(4));
        let rows = [
            ("时间", Some(&content.when)),
            ("地点", Some(&content.place)),
            ("找谁", content.contact.as_ref()),
            ("带上", content.bring.as_ref()),
            ("姓名", Some(&content.worker)),
            ("单号", Some(&content.ticket)),
        ];
        for (label, value) in rows {
            if let Some(value) = value {
                self.row(label, value);
            }
        }
        self.ruled();
    }

    /// A small label on the left, the value wrapped beside it.
    fn row(&mut self, label: &str, value: &str) {
        let (label_style, value_style) = (Style::regular(self.px(26)), Style::bold(self.px(28)));
        let top = self.canvas.y;
        // The two sizes share a baseline.
        self.canvas.space((value_style.size - label_style.size).max(2));
        self.canvas.text(label, label_style, self.left, self.right);
        self.canvas.y = top;
        self.canvas.text(value, value_style, self.left + self.px(64), self.right);
    }

    fn code(&mut self, short_code: &str) {
        self.centred(short_code, Style::bold(self.px(48)));
        self.centred("扫不出来就报这个码", Style::regular(self.px(24)));
        self.ruled();
    }

    fn notes(&mut self, notes: &[String]) {
        let style = Style::regular(self.px(26));
        for (note, n) in notes.iter().zip(1..) {
            let top = self.canvas.y;
            self.canvas.text(&format!("{n}."), style, self.left, self.right);
            self.canvas.y = top;
            self.canvas.text(note, style, self.left + self.px(28), self.right);
        }
        if !notes.is_empty() {
            self.ruled();
        }
    }

    fn foot(&mut self, printed: &str) {
        let style = Style::regular(self.px(24));
        self.centred("劳动保障 12333　法律援助 12348", style);
        self.centred(&format!("打印 {printed}"), style);
        // Blank paper so that the cutter does not go through the last line.
        self.canvas.space(self.px(16));
    }
}
