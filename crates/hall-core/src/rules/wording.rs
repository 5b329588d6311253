//! Finds unlawful wording in the text of a post by patterns that are data (`assets/rules/post.json`).
//!
//! A rule has patterns and exceptions; a match that touches an exception (男女不限, 不收押金, 男士皮鞋) does not
//! count. That is all the machinery there is: what to look for, and what not to mistake for it, is in the file.

use std::ops::Range;

use regex::Regex;
use serde::Deserialize;

use super::book::RuleBookError;
use super::finding::FindingCode;
use super::text::fold_width;

/// More phrases than this of one kind say nothing new.
const PHRASES_MAX: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PostRulesFile {
    wording: Vec<WordingRow>,
    items: Vec<ItemRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordingRow {
    code: FindingCode,
    /// What is wrong with the phrase, as a sentence that follows it.
    fact: String,
    /// How to write it lawfully.
    suggestion: String,
    patterns: Vec<String>,
    except: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    code: FindingCode,
    item: Item,
    name: String,
    /// What to write.
    suggestion: String,
    /// Patterns that show that free text states the item.
    stated: Vec<String>,
}

/// The ten items a post must state, in the order of the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Item {
    Employer,
    Title,
    Headcount,
    Content,
    Place,
    Conditions,
    EmploymentType,
    Wage,
    Insurance,
    Protection,
}

#[derive(Debug)]
pub(super) struct WordingRule {
    pub(super) code: FindingCode,
    pub(super) fact: String,
    pub(super) suggestion: String,
    patterns: Vec<Regex>,
    except: Vec<Regex>,
}

#[derive(Debug)]
pub(super) struct ItemRule {
    pub(super) code: FindingCode,
    pub(super) item: Item,
    pub(super) name: String,
    pub(super) suggestion: String,
    stated: Vec<Regex>,
}

#[derive(Debug)]
pub(super) struct PostRules {
    pub(super) wording: Vec<WordingRule>,
    pub(super) items: Vec<ItemRule>,
}

fn compile(patterns: Vec<String>) -> Result<Vec<Regex>, RuleBookError> {
    patterns
        .into_iter()
        .map(|pattern| {
            Regex::new(&pattern)
                .map_err(|source| RuleBookError::Pattern { pattern, source: Box::new(source) })
        })
        .collect()
}

impl PostRules {
    pub(super) fn compile(file: PostRulesFile) -> Result<Self, RuleBookError> {
        let wording = file.wording.into_iter().map(|row| {
            Ok(WordingRule {
                code: row.code,
                fact: row.fact,
                suggestion: row.suggestion,
                patterns: compile(row.patterns)?,
                except: compile(row.except)?,
            })
        });
        let items = file.items.into_iter().map(|row| {
            Ok(ItemRule {
                code: row.code,
                item: row.item,
                name: row.name,
                suggestion: row.suggestion,
                stated: compile(row.stated)?,
            })
        });
        Ok(Self { wording: wording.collect::<Result<_, _>>()?, items: items.collect::<Result<_, _>>()? })
    }
}

/// Characters of one text that are read. Longer texts are refused where they are typed; this bounds the work
/// for those that come another way.
const TEXT_CHARS_MAX: usize = 5_000;

/// A text with full-width forms folded, and the way back to the original.
#[derive(Debug)]
pub(super) struct Folded<'a> {
    original: &'a str,
    text: String,
    /// For each byte of `text`, the byte of `original` where its character starts; one more at the end.
    origin: Vec<usize>,
}

impl<'a> Folded<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut origin = Vec::with_capacity(original.len() + 1);
        let end = original.char_indices().nth(TEXT_CHARS_MAX).map_or(original.len(), |(at, _)| at);
        let original = &original[..end];
        for (at, c) in original.char_indices() {
            let folded = fold_width(c);
            text.push(folded);
            origin.resize(text.len(), at);
        }
        origin.push(original.len());
        Self { original, text, origin }
    }

    fn original(&self, range: &Range<usize>) -> &'a str {
        self.original[self.origin[range.start]..self.origin[range.end]].trim()
    }
}

fn ranges(patterns: &[Regex], text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for pattern in patterns {
        for captures in pattern.captures_iter(text) {
            // The group `p`, where there is one, is the phrase; the rest is its surroundings.
            let phrase = captures.name("p").or_else(|| captures.get(0));
            found.extend(phrase.map(|phrase| phrase.range()).filter(|range| !range.is_empty()));
        }
    }
    found.sort_by_key(|range| (range.start, range.end));
    found
}

fn touch(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

impl WordingRule {
    /// The offending phrases of a text, as they were written, each once.
    pub(super) fn phrases<'a>(&self, text: &Folded<'a>) -> Vec<&'a str> {
        let except = ranges(&self.except, &text.text);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in ranges(&self.patterns, &text.text) {
            if except.iter().any(|exception| touch(exception, &range)) {
                continue;
            }
            match merged.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        let mut phrases: Vec<&str> = Vec::new();
        for range in merged {
            let phrase = text.original(&range);
            if !phrases.contains(&phrase) && phrases.len() < PHRASES_MAX {
                phrases.push(phrase);
            }
        }
        phrases
    }
}

impl ItemRule {
    pub(super) fn is_stated_in(&self, text: &Folded<'_>) -> bool {
        self.stated.iter().any(|pattern| pattern.is_match(&text.text))
    }
}
