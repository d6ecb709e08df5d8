//! The resource types that can be deployed: for each its properties, what `Fn::GetAtt` knows, and how it is made, changed
//! and taken away, by commands to its service in the name of whoever runs the stack operation.
//!
//! One file a type. A handler's calls and the plan's own rows are one commit, so none of its calls is made twice.

mod cdk_metadata;
mod events_rule;
mod iam_managed_policy;
mod iam_policies;
mod iam_policy;
mod iam_role;
mod lambda_alias;
mod lambda_event_source_mapping;
mod lambda_function;
mod lambda_permission;
mod lambda_version;
mod logs_log_group;
mod logs_log_stream;
mod problem;
mod s3_bucket;
mod schema;
mod sns_subscription;
mod sns_topic;
mod sns_topic_policy;
mod sqs_queue;
mod sqs_queue_policy;
mod states_activity;
mod states_definition;
mod states_state_machine;
mod states_state_machine_alias;
mod states_state_machine_version;
mod wait_condition_handle;
mod wanted;

pub use problem::{Problem, reason, unless_gone};
pub use schema::{Property, ResourceType, Sdk};
pub use wanted::Wanted;

use super::model::{Stack, Tag};
use super::resource::Physical;
use super::template::Types;
use super::template::change::Recreation;
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::{Map, Value};

/// All types that are here. Any other is refused by its name.
pub const TYPES: &[&ResourceType] = &[
    &cdk_metadata::TYPE,
    &events_rule::TYPE,
    &iam_managed_policy::TYPE,
    &iam_policy::TYPE,
    &iam_role::TYPE,
    &lambda_alias::TYPE,
    &lambda_event_source_mapping::TYPE,
    &lambda_function::TYPE,
    &lambda_permission::TYPE,
    &lambda_version::TYPE,
    &logs_log_group::TYPE,
    &logs_log_stream::TYPE,
    &s3_bucket::TYPE,
    &sns_subscription::TYPE,
    &sns_topic::TYPE,
    &sns_topic_policy::TYPE,
    &sqs_queue::TYPE,
    &sqs_queue_policy::TYPE,
    &states_activity::TYPE,
    &states_state_machine::TYPE,
    &states_state_machine_alias::TYPE,
    &states_state_machine_version::TYPE,
    &wait_condition_handle::TYPE,
];

/// The type of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ResourceType> {
    TYPES.iter().copied().find(|resource_type| resource_type.name == name)
}

/// Is there a type of this name?
#[must_use]
pub fn is_known(name: &str) -> bool {
    find(name).is_some()
}

/// How resources of one type are made, changed and taken away.
pub trait Handler: Sync {
    /// Makes it.
    ///
    /// # Errors
    /// What its service refuses; then nothing was written.
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem>;

    /// Gives it other properties, of those that don't ask for a new one.
    ///
    /// # Errors
    /// What its service refuses; then nothing was written.
    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem>;

    /// Takes it away. One that is gone already is taken away.
    ///
    /// # Errors
    /// What its service refuses; then nothing was written.
    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem>;

    /// Whether it is ready. Asked after it was made or changed, and again whenever what it waits for was told.
    ///
    /// # Errors
    /// Why it will never be ready.
    fn settled(&self, made: &Before, tx: &mut Tx, context: &mut Context) -> Result<Settled, Problem> {
        let _ = (made, tx, context);
        Ok(Settled::Ready)
    }
}

/// A resource that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub physical_id: String,
    /// What `Ref` yields.
    pub reference: String,
    /// What `Fn::GetAtt` yields.
    pub attributes: Map<String, Value>,
}

impl Made {
    /// A resource whose physical id is what `Ref` yields, as it mostly is.
    #[must_use]
    pub fn new<const N: usize>(physical_id: impl Into<String>, attributes: [(&str, Value); N]) -> Self {
        let physical_id = physical_id.into();
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { reference: physical_id.clone(), physical_id, attributes }
    }
}

/// A resource as it is before it is changed or taken away.
#[derive(Debug, Clone)]
pub struct Before {
    pub physical_id: String,
    /// In the types of the schema.
    pub properties: Map<String, Value>,
    pub attributes: Map<String, Value>,
    /// All its tags: its own, the stack's, and CloudFormation's.
    pub tags: Vec<(String, String)>,
}

impl Before {
    /// An attribute, as a text.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Whether a resource is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    Ready,
    /// Not yet: whoever makes it ready tells so under this name.
    Waits(String),
}

/// What change sets ask of resource types.
#[derive(Debug)]
pub struct KnownTypes;

impl Types for KnownTypes {
    fn recreation(&self, resource_type: &str, property: &str) -> Recreation {
        let property = find(resource_type).and_then(|known| known.property(property));
        property.map_or(Recreation::Never, |property| property.recreation)
    }

    fn taggable(&self, resource_type: &str) -> bool {
        find(resource_type).is_some_and(|known| known.is_taggable())
    }
}

impl ResourceType {
    fn system_tags(&self, tags: Vec<(String, String)>) -> Vec<(String, String)> {
        if self.has_system_tags { tags } else { Vec::new() }
    }

    /// What a handler is given to make or change a resource.
    #[must_use]
    pub fn wanted(
        &self,
        stack: &Stack,
        logical_id: &str,
        properties: Map<String, Value>,
        stack_tags: &[Tag],
        seed: [u8; 16],
    ) -> Wanted {
        let properties = self.typed(properties);
        let tags = match self.is_taggable() {
            true => {
                wanted::all_tags(&properties, stack_tags, self.system_tags(system_tags(stack, logical_id)))
            }
            false => Vec::new(),
        };
        Wanted { stack_name: stack.name.clone(), logical_id: logical_id.to_owned(), properties, tags, seed }
    }

    /// A deployed resource, as its handler wants it.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the row holds something else.
    pub fn before(&self, stack: &Stack, logical_id: &str, physical: &Physical) -> Result<Before, Failure> {
        let properties = self.typed(physical.properties()?);
        let tags = if self.is_taggable() {
            wanted::all_tags(
                &properties,
                &physical.stack_tags,
                self.system_tags(system_tags(stack, logical_id)),
            )
        } else {
            Vec::new()
        };
        Ok(Before {
            physical_id: physical.physical_id.clone(),
            attributes: physical.attributes()?,
            properties,
            tags,
        })
    }
}

/// The tags by which AWS tells what a resource belongs to.
fn system_tags(stack: &Stack, logical_id: &str) -> Vec<(String, String)> {
    let tag = |name: &str, value: &str| (format!("aws:cloudformation:{name}"), value.to_owned());
    vec![tag("stack-name", &stack.name), tag("stack-id", &stack.arn()), tag("logical-id", logical_id)]
}
