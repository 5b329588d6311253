//! The texts of the four types, read from `assets/agreements/`, and the conditions under which a clause is
//! printed. A file with an unknown field, condition or item is refused as a whole.

use hall_core::vocab::AgreementType;
use serde::Deserialize;
use serde::de::IntoDeserializer;

use super::{AgreementContent, EmployerFacts};
use crate::PrintError;

/// Something that the law demands of a paper; clauses say which of these they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mandatory {
    Term,
    NoProbation,
    Work,
    Place,
    Hours,
    Rest,
    NoOvertime,
    Pay,
    PayMinimum,
    PayCycle,
    Insurance,
    Protection,
    Hazards,
    NoDangerousWork,
    Breach,
    Copies,
}

/// What a paper of this type must say besides who the two sides are, which every paper does in its table.
///
/// 劳动合同法 art. 17 for the two contracts, 超龄劳动者基本权益保障暂行规定 for the over-age agreement, 民法典
/// art. 470 for the service agreement.
pub(super) fn mandatory(kind: AgreementType) -> Vec<Mandatory> {
    use Mandatory::{
        Breach, Copies, Hazards, Hours, Insurance, NoDangerousWork, NoOvertime, NoProbation, Pay, PayCycle,
        PayMinimum, Place, Protection, Rest, Term, Work,
    };
    let mut items =
        vec![Term, Work, Place, Hours, Rest, Pay, PayCycle, Insurance, Protection, Hazards, Copies];
    items.extend(match kind {
        AgreementType::PartTimeContract | AgreementType::TaskContract => vec![NoProbation],
        AgreementType::ServiceAgreement => vec![Breach],
        AgreementType::OverAgeWrittenAgreement => vec![NoOvertime, NoDangerousWork, PayMinimum],
    });
    items
}

/// When a clause is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum When {
    Hazard,
    NoHazard,
    Minor,
    /// The ordinance that wants their agreements in writing binds organisations only.
    StudentOfOrganisation,
    Pensioner,
    PastRetirement,
    Private,
    Organisation,
    SocialInsurance,
    AccidentInsurance,
    MinimumWage,
    HallCopy,
    TwoCopies,
}

impl When {
    pub(super) fn holds(self, content: &AgreementContent) -> bool {
        let private = matches!(content.employer, EmployerFacts::Private { .. });
        match self {
            Self::Hazard => !content.job.hazards.is_empty(),
            Self::NoHazard => content.job.hazards.is_empty(),
            Self::Minor => content.flags.minor,
            Self::StudentOfOrganisation => content.flags.student && !private,
            Self::Pensioner => content.flags.pensioner,
            Self::PastRetirement => content.flags.past_retirement,
            Self::Private => private,
            Self::Organisation => !private,
            Self::SocialInsurance => content.job.social_insurance.is_some(),
            Self::AccidentInsurance => content.job.accident_insurance.is_some(),
            Self::MinimumWage => content.minimum_wage.is_some(),
            Self::HallCopy => content.hall_copy,
            Self::TwoCopies => !content.hall_copy,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) title: String,
    /// 合同 or 协议: how the paper speaks of itself.
    pub(super) word: String,
    pub(super) party_a: String,
    pub(super) party_b: String,
    pub(super) opening: String,
    #[serde(rename = "section")]
    pub(super) sections: Vec<Section>,
    pub(super) rights: Sourced,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) heading: String,
    #[serde(rename = "clause")]
    pub(super) clauses: Vec<Clause>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clause {
    pub(super) text: Text,
    pub(super) source: String,
    #[serde(default)]
    pub(super) items: Vec<Mandatory>,
    pub(super) when: Option<When>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sourced {
    pub(super) text: String,
    pub(super) source: String,
}

/// A fact that a clause quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    Term,
    Title,
    Work,
    Place,
    Hours,
    Rest,
    Pay,
    Settlement,
    MinimumWage,
    SocialInsurance,
    AccidentInsurance,
    Protection,
    Hazards,
    Meals,
    Transport,
    Hall,
}

impl Field {
    /// The words to fill in; a fact that the content does not have is an empty text, and the conditions of
    /// the templates keep it off the paper.
    pub(super) fn value(self, content: &AgreementContent) -> String {
        let job = &content.job;
        match self {
            Self::Term => job.term.clone(),
            Self::Title => job.title.clone(),
            Self::Work => job.work.clone(),
            Self::Place => job.place.clone(),
            Self::Hours => job.hours.clone(),
            Self::Rest => job.rest.clone(),
            Self::Pay => job.pay_words(),
            Self::Settlement => job.settlement_words(),
            Self::MinimumWage => content.minimum_wage.clone().unwrap_or_default(),
            Self::SocialInsurance => job.social_insurance.clone().unwrap_or_default(),
            Self::AccidentInsurance => job.accident_insurance.clone().unwrap_or_default(),
            Self::Protection => job.protection.clone(),
            Self::Hazards => job.hazards.join("、"),
            Self::Meals => job.meals.clone(),
            Self::Transport => job.transport.clone(),
            Self::Hall => content.hall.clone(),
        }
    }
}

/// A clause's words with its fields.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Text(pub(super) Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Words(String),
    Fact(Field),
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((words, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("an open brace in: {text}"))?;
            let field =
                Field::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(name))
                    .map_err(|_| format!("unknown field {{{name}}} in: {text}"))?;
            parts.extend([Part::Words(words.to_owned()), Part::Fact(field)]);
            rest = after;
        }
        parts.push(Part::Words(rest.to_owned()));
        Ok(Self(parts))
    }
}

impl Template {
    /// The clauses that this content calls for, by section; sections without any are left out.
    ///
    /// A paper without all the items that its type must have is never made, whatever became of the files.
    pub(super) fn clauses(
        &self,
        content: &AgreementContent,
    ) -> Result<Vec<(&Section, Vec<&Clause>)>, PrintError> {
        let mut sections = Vec::new();
        for section in &self.sections {
            let holds = |clause: &&Clause| clause.when.is_none_or(|when| when.holds(content));
            let clauses: Vec<&Clause> = section.clauses.iter().filter(holds).collect();
            if !clauses.is_empty() {
                sections.push((section, clauses));
            }
        }
        let carried =
            |item| sections.iter().flat_map(|(_, clauses)| clauses).any(|c| c.items.contains(&item));
        let lacking: Vec<Mandatory> =
            mandatory(content.kind).into_iter().filter(|item| !carried(*item)).collect();
        if lacking.is_empty() {
            Ok(sections)
        } else {
            Err(PrintError::Template(format!("{:?} lacks {lacking:?}", content.kind)))
        }
    }
}

/// The text of a type.
pub(super) fn load(kind: AgreementType) -> Result<Template, PrintError> {
    let file = match kind {
        AgreementType::PartTimeContract => include_str!("../../../../assets/agreements/part_time.toml"),
        AgreementType::TaskContract => include_str!("../../../../assets/agreements/task.toml"),
        AgreementType::ServiceAgreement => include_str!("../../../../assets/agreements/service.toml"),
        AgreementType::OverAgeWrittenAgreement => include_str!("../../../../assets/agreements/over_age.toml"),
    };
    toml::from_str(file).map_err(|problem| PrintError::Template(problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conditions of which always one holds.
    const PAIRS: [[When; 2]; 3] = [
        [When::Hazard, When::NoHazard],
        [When::Private, When::Organisation],
        [When::TwoCopies, When::HallCopy],
    ];

    #[test]
    fn every_type_has_its_mandatory_items_whatever_the_content() {
        for kind in AgreementType::ALL {
            let template = load(*kind).unwrap();
            let clauses = || template.sections.iter().flat_map(|s| &s.clauses);
            for item in mandatory(*kind) {
                let when = |w: Option<When>| clauses().any(|c| c.items.contains(&item) && c.when == w);
                let always = when(None) || PAIRS.iter().any(|pair| pair.iter().all(|w| when(Some(*w))));
                assert!(always, "{kind:?} may lack {item:?}");
            }
        }
    }

    #[test]
    fn every_clause_names_its_source() {
        for kind in AgreementType::ALL {
            let template = load(*kind).unwrap();
            for clause in template.sections.iter().flat_map(|s| &s.clauses) {
                assert!(!clause.source.trim().is_empty(), "{kind:?}: {:?}", clause.text);
            }
            assert!(!template.rights.source.is_empty());
        }
    }

    #[test]
    fn a_text_with_an_unknown_or_open_field_is_refused() {
        for text in ["工资：{wages}", "工资：{pay", "{}"] {
            assert!(Text::try_from(text.to_owned()).is_err(), "{text}");
        }
        let text = Text::try_from("工资：{pay}。".to_owned()).unwrap();
        let words = |w: &str| Part::Words(w.into());
        assert_eq!(text.0, [words("工资："), Part::Fact(Field::Pay), words("。")]);
    }
}
