//! Tags of state machines and activities:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing, Read};
use crate::rows::{Rows, RowsExt};
use crate::states::activities::model::Activity;
use crate::states::model::Machine;
use crate::states::{arn, errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::constraints::Constraints;
use stepwell_wire::{ApiError, Service};

/// Tags of one resource at most.
const MOST: usize = 50;
/// Characters of a tag's key and of its value at most.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tag {
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagResource {
    pub resource_arn: String,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagResource {
    pub resource_arn: String,
    pub tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsForResource {
    pub resource_arn: String,
}

#[derive(Debug, Serialize)]
pub struct ListTagsForResourceOutput {
    pub tags: Vec<Tag>,
}

impl Command for TagResource {
    const NAME: &'static str = "TagResource";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Nothing, Failure> {
        check_lengths(&self.tags)?;
        let mut tagged = Tagged::by_arn(&self.resource_arn, tx)?;
        let tags = tagged.tags();
        for tag in &self.tags {
            match tags.iter_mut().find(|(key, _)| *key == tag.key) {
                Some((_, value)) => value.clone_from(&tag.value),
                None => tags.push((tag.key.clone(), tag.value.clone())),
            }
        }
        if tags.len() > MOST {
            return Err(too_many(&self.resource_arn).into());
        }
        tagged.put(tx);
        Ok(Nothing {})
    }
}

impl Command for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Nothing, Failure> {
        let mut tagged = Tagged::by_arn(&self.resource_arn, tx)?;
        tagged.tags().retain(|(key, _)| !self.tag_keys.contains(key));
        tagged.put(tx);
        Ok(Nothing {})
    }
}

impl Read for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Output = ListTagsForResourceOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<ListTagsForResourceOutput, Failure> {
        let mut tagged = Tagged::by_arn(&self.resource_arn, rows)?;
        let tags = std::mem::take(tagged.tags()).into_iter().map(|(key, value)| Tag { key, value });
        Ok(ListTagsForResourceOutput { tags: tags.collect() })
    }
}

/// Checks the tags of a new resource.
///
/// # Errors
/// `ValidationException` for their lengths, `TooManyTags`.
pub fn check(tags: &[Tag]) -> Result<(), ApiError> {
    check_lengths(tags)?;
    if tags.len() > MOST { Err(too_many("")) } else { Ok(()) }
}

fn check_lengths(tags: &[Tag]) -> Result<(), ApiError> {
    let mut constraints = Constraints::new(Service::States);
    for (number, Tag { key, value }) in (1..).zip(tags) {
        constraints.length(&format!("tags.{number}.member.key"), key, 1..=LONGEST_KEY);
        constraints.length(&format!("tags.{number}.member.value"), value, 0..=LONGEST_VALUE);
    }
    constraints.finish()
}

fn too_many(arn: &str) -> ApiError {
    ApiError::bad_request("TooManyTags", "A resource may have up to 50 tags.")
        .with_member("resourceName", arn)
}

/// What has tags.
enum Tagged {
    Machine(Machine),
    Activity(Activity),
}

impl Tagged {
    /// The state machine or activity of an ARN; versions, aliases and executions have no tags (recorded).
    fn by_arn(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        let missing = || errors::resource_not_found(text).into();
        if let Ok(parsed) = arn::parse(text, "activity") {
            let activity = rows.row(&keys::activity(&parsed.scope, &parsed.name))?;
            return activity.map(Self::Activity).ok_or_else(missing);
        }
        let parsed = arn::parse(text, "stateMachine")?;
        let machine = match parsed.name.contains([':', '/']) {
            true => None,
            false => rows.row(&keys::machine(&parsed.scope, &parsed.name))?,
        };
        machine.map(Self::Machine).ok_or_else(missing)
    }

    fn tags(&mut self) -> &mut Vec<(String, String)> {
        match self {
            Self::Machine(machine) => &mut machine.tags,
            Self::Activity(activity) => &mut activity.tags,
        }
    }

    fn put(&self, tx: &mut Tx) {
        match self {
            Self::Machine(machine) => tx.put(&keys::machine(&machine.scope(), &machine.name), machine),
            Self::Activity(activity) => tx.put(&keys::activity(&activity.scope(), &activity.name), activity),
        }
    }
}
