//! A resource of a stack as it is stored: what is there, what was there before the running operation, and what is to go.

use super::keys;
use super::model::Tag;
use super::status::ResourceStatus;
use super::template::{Deployed, Policy};
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use indexmap::IndexMap;
use minicbor::{Decode, Encode};
use serde_json::{Map, Value};

/// The resources of a stack, by logical id.
pub type Resources = IndexMap<String, Resource>;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Resource {
    #[n(0)]
    pub logical_id: String,
    #[n(1)]
    pub resource_type: String,
    /// What the stack has now.
    #[n(2)]
    pub current: Option<Physical>,
    /// What it had before this operation changed or replaced it.
    #[n(3)]
    pub previous: Option<Physical>,
    /// What goes when the operation cleans up.
    #[n(4)]
    pub obsolete: Vec<Physical>,
    /// None until its turn came.
    #[n(5)]
    pub status: Option<ResourceStatus>,
    #[n(6)]
    pub status_reason: Option<String>,
    #[n(7)]
    pub changed_ms: u64,
    #[n(8)]
    pub declared: Declared,
    #[n(9)]
    pub declared_before: Option<Declared>,
    #[n(10)]
    pub step: Step,
    #[n(11)]
    pub change: Change,
    /// The event that has the properties that it was last made or changed with.
    #[n(12)]
    pub properties_event: Option<u64>,
    /// What it waits for, while it does.
    #[n(13)]
    pub waits_for: Option<String>,
}

/// A resource of a service.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Physical {
    #[n(0)]
    pub physical_id: String,
    /// What `Ref` yields.
    #[n(1)]
    pub reference: String,
    /// What `Fn::GetAtt` yields, as a JSON object.
    #[n(2)]
    pub attributes: String,
    /// What it was made or last changed with, as a JSON object.
    #[n(3)]
    pub properties: String,
    /// The stack's tags at that time.
    #[n(4)]
    pub stack_tags: Vec<Tag>,
    /// The logical ids that it depended on at that time: they go after it.
    #[n(5)]
    pub depends_on: Vec<String>,
}

/// What its template says beside the properties.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Declared {
    #[n(0)]
    pub deletion_policy: Keep,
    #[n(1)]
    pub update_replace_policy: Keep,
    /// JSON.
    #[n(2)]
    pub metadata: Option<String>,
}

/// What becomes of a resource that goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Keep {
    #[default]
    #[n(0)]
    Delete,
    #[n(1)]
    Retain,
    #[n(2)]
    RetainExceptOnCreate,
}

impl From<Option<Policy>> for Keep {
    fn from(policy: Option<Policy>) -> Self {
        match policy {
            // Snapshots exist for none of the types that are here; templates with one are refused.
            None | Some(Policy::Delete | Policy::Snapshot) => Self::Delete,
            Some(Policy::Retain) => Self::Retain,
            Some(Policy::RetainExceptOnCreate) => Self::RetainExceptOnCreate,
        }
    }
}

/// Where a resource stands in the running operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Step {
    /// Nothing is to be done.
    #[default]
    #[n(0)]
    Idle,
    /// Its turn will come.
    #[n(1)]
    Waiting,
    /// It was begun and takes time.
    #[n(2)]
    Settling,
    #[n(3)]
    Done,
    #[n(4)]
    Failed,
    /// The new template has no place for it: it goes when the operation cleans up.
    #[n(5)]
    Leaving,
}

/// What the running operation did to it, which a rollback undoes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Change {
    #[default]
    #[n(0)]
    Nothing,
    #[n(1)]
    Created,
    #[n(2)]
    Updated,
    #[n(3)]
    Replaced,
}

impl Resource {
    #[must_use]
    pub fn new(logical_id: &str, resource_type: &str, now_ms: u64) -> Self {
        Self {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            current: None,
            previous: None,
            obsolete: Vec::new(),
            status: None,
            status_reason: None,
            changed_ms: now_ms,
            declared: Declared::default(),
            declared_before: None,
            step: Step::Waiting,
            change: Change::Nothing,
            properties_event: None,
            waits_for: None,
        }
    }

    /// The physical id, as far as there is one.
    #[must_use]
    pub fn physical_id(&self) -> Option<&str> {
        self.current.as_ref().map(|current| current.physical_id.as_str())
    }
}

impl Physical {
    /// # Errors
    /// [`Failure::Broken`] if the row holds something else.
    pub fn properties(&self) -> Result<Map<String, Value>, Failure> {
        object(&self.properties)
    }

    /// # Errors
    /// [`Failure::Broken`] if the row holds something else.
    pub fn attributes(&self) -> Result<Map<String, Value>, Failure> {
        object(&self.attributes)
    }
}

fn object(text: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::broken(format!("a resource's row: {error}")))
}

/// All resources of a stack.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn load_all(stack: u64, rows: &(impl Rows + ?Sized)) -> Result<Resources, Failure> {
    let found = rows.rows::<Resource>(&keys::resources(stack), usize::MAX)?;
    Ok(found.into_iter().map(|(_, resource)| (resource.logical_id.clone(), resource)).collect())
}

/// What a stack has now, as change sets compare it.
///
/// # Errors
/// [`Failure::Broken`] if a row holds something else.
pub fn deployed(resources: &Resources) -> Result<IndexMap<String, Deployed>, Failure> {
    let mut deployed = IndexMap::new();
    for (logical_id, resource) in resources {
        if let Some(current) = &resource.current {
            deployed.insert(
                logical_id.clone(),
                Deployed {
                    physical_id: current.physical_id.clone(),
                    resource_type: resource.resource_type.clone(),
                    properties: Value::Object(current.properties()?),
                },
            );
        }
    }
    Ok(deployed)
}
