//! How well the findings read posts as people write them, where such posts lie beside the project. They are
//! other people's texts and are no part of it; without them these rows are simply not there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use hall_core::rules::{PostText, RuleBook, check_post};
use serde::Deserialize;

use crate::row::{Row, Times};

/// Beside the root of the project.
const POSTS: &str = "../../shared/data/posts-real.jsonl";

#[derive(Deserialize)]
struct Post {
    text: String,
    labels: Labels,
}

#[derive(Deserialize)]
struct Labels {
    issues: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    code: String,
    /// A careful person could disagree: neither a hit nor a miss.
    #[serde(default)]
    soft: bool,
}

#[derive(Default)]
struct Score {
    found: u32,
    missed: u32,
    wrong: u32,
}

impl Score {
    fn precision(&self) -> f64 {
        share(self.found, self.wrong)
    }

    fn recall(&self) -> f64 {
        share(self.found, self.missed)
    }
}

fn share(good: u32, bad: u32) -> f64 {
    f64::from(100 * good) / f64::from((good + bad).max(1))
}

pub(crate) fn rows() -> Result<Vec<Row>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(POSTS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).context("the real posts")?;
    let posts: Vec<Post> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let book = RuleBook::builtin();
    // What nobody labelled, or what a free text cannot be asked, is not counted.
    let labelled: BTreeSet<&str> =
        posts.iter().flat_map(|post| &post.labels.issues).map(|issue| issue.code.as_str()).collect();
    let mut times = Times::default();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut bytes = 0;
    for post in &posts {
        let written = PostText { text: Some(post.text.clone()), ..PostText::default() };
        bytes += post.text.len();
        let findings = times.measure(|| check_post(&book, &written));
        let found: BTreeSet<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
        let of = |soft| -> BTreeSet<&str> {
            let issues = post.labels.issues.iter().filter(move |issue| issue.soft == soft);
            issues.map(|issue| issue.code.as_str()).collect()
        };
        let (hard, soft) = (of(false), of(true));
        for code in labelled.iter().filter(|code| !soft.contains(**code) || hard.contains(**code)) {
            let score = scores.entry((*code).to_owned()).or_default();
            match (found.contains(code), hard.contains(code)) {
                (true, true) => score.found += 1,
                (true, false) => score.wrong += 1,
                (false, true) => score.missed += 1,
                (false, false) => {}
            }
        }
    }
    let per_post = times.percentile(99);
    let mut rows = vec![Row::ms("findings of a real post, p99", per_post, None).with_note(format!(
        "{} posts of {} bytes on average",
        posts.len(),
        bytes / posts.len().max(1)
    ))];
    // A finding that the text alone never leads to belongs to another question.
    for (code, score) in scores.into_iter().filter(|(_, score)| score.found + score.wrong > 0) {
        let note = format!(
            "precision {:.0} %; {} found, {} missed, {} wrong",
            score.precision(),
            score.found,
            score.missed,
            score.wrong
        );
        rows.push(Row::new(&format!("  {code}, recall"), score.recall(), "%", None).with_note(note));
    }
    Ok(rows)
}
