//! The text of a post before it goes on the board: are the ten items of the law there, and is the wording
//! lawful?

use super::book::RuleBook;
use super::finding::Finding;
use super::wording::{Folded, Item, ItemRule};

/// The ten items of 山东省人力资源市场条例 32, each as written, and free text that belongs to none of them. An item
/// that is not filled may still be stated in the free text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostText {
    /// 单位基本情况
    pub employer: Option<String>,
    /// 岗位名称
    pub title: Option<String>,
    /// 招用人数
    pub headcount: Option<String>,
    /// 工作内容
    pub content: Option<String>,
    /// 工作地点
    pub place: Option<String>,
    /// 录用条件
    pub conditions: Option<String>,
    /// 用工类型
    pub employment_type: Option<String>,
    /// 劳动报酬
    pub wage: Option<String>,
    /// 社会保险和福利
    pub insurance: Option<String>,
    /// 劳动保护和职业危害
    pub protection: Option<String>,
    /// Free text: a remark, or a whole advertisement.
    pub text: Option<String>,
}

impl PostText {
    fn item(&self, item: Item) -> Option<&str> {
        let text = match item {
            Item::Employer => &self.employer,
            Item::Title => &self.title,
            Item::Headcount => &self.headcount,
            Item::Content => &self.content,
            Item::Place => &self.place,
            Item::Conditions => &self.conditions,
            Item::EmploymentType => &self.employment_type,
            Item::Wage => &self.wage,
            Item::Insurance => &self.insurance,
            Item::Protection => &self.protection,
        };
        text.as_deref().filter(|text| !text.trim().is_empty())
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        [
            &self.employer,
            &self.title,
            &self.headcount,
            &self.content,
            &self.place,
            &self.conditions,
            &self.employment_type,
            &self.wage,
            &self.insurance,
            &self.protection,
            &self.text,
        ]
        .into_iter()
        .filter_map(|text| text.as_deref())
    }
}

/// Every missing item, in the order of the law, then every unlawful phrase.
pub fn check_post(book: &RuleBook, post: &PostText) -> Vec<Finding> {
    let rules = book.post_rules();
    let free = Folded::new(post.text.as_deref().unwrap_or_default());
    let missing =
        rules.items.iter().filter(|rule| post.item(rule.item).is_none() && !rule.is_stated_in(&free)).map(
            |rule: &ItemRule| {
                Finding::new(book, rule.code, format!("没有写{}，{}", rule.name, rule.suggestion))
            },
        );
    let mut findings: Vec<Finding> = missing.collect();
    let texts: Vec<Folded<'_>> = post.texts().map(Folded::new).collect();
    for rule in &rules.wording {
        let mut seen: Vec<&str> = Vec::new();
        for phrase in texts.iter().flat_map(|text| rule.phrases(text)) {
            if seen.contains(&phrase) {
                continue;
            }
            seen.push(phrase);
            let message = format!("“{phrase}”{}，{}", rule.fact, rule.suggestion);
            findings.push(Finding::new(book, rule.code, message).with_phrase(phrase));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
