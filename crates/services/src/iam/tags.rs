//! Tags of roles, users, policies and instance profiles, the same for all:
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::managed::Policy;
use crate::iam::model::{InstanceProfile, Role, Tag, User};
use crate::iam::names;
use crate::iam::owner::set_tags;
use crate::iam::paging::Wanted;
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use stepwell_wire::Service;
use stepwell_wire::constraints::missing;

/// Has tags.
pub trait Tagged: Sized + Send + Sync + 'static {
    /// The names of the operations that set, remove and list them.
    const NAMES: [&'static str; 3];
    /// The input's member that names one.
    const MEMBER: &'static str;
    /// The quota that bounds their number.
    const QUOTA: &'static str;

    /// The one of this name or ARN.
    fn named(name: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Self, Failure>;
    fn tags(&mut self) -> &mut Vec<Tag>;
    fn store(&self, tx: &mut Tx);
}

macro_rules! tagged {
    ($entity:ty, $names:expr, $member:literal, $quota:literal, $find:expr, $store:expr) => {
        impl Tagged for $entity {
            const NAMES: [&'static str; 3] = $names;
            const MEMBER: &'static str = $member;
            const QUOTA: &'static str = $quota;

            fn named(name: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Self, Failure> {
                $find(name, rows, context)
            }

            fn tags(&mut self) -> &mut Vec<Tag> {
                &mut self.tags
            }

            fn store(&self, tx: &mut Tx) {
                $store(self, tx)
            }
        }
    };
}

tagged!(
    Role,
    ["TagRole", "UntagRole", "ListRoleTags"],
    "roleName",
    "TagsPerRole",
    |name, rows, context: &Context| Role::by_name(context.account(), name, rows),
    |role: &Role, tx: &mut Tx| tx.put(&role.key(), role)
);
tagged!(
    User,
    ["TagUser", "UntagUser", "ListUserTags"],
    "userName",
    "TagsPerUser",
    |name, rows, context: &Context| User::by_name(context.account(), name, rows),
    |user: &User, tx: &mut Tx| tx.put(&user.key(), user)
);
tagged!(
    Policy,
    ["TagPolicy", "UntagPolicy", "ListPolicyTags"],
    "policyArn",
    "TagsPerPolicy",
    Policy::by_arn,
    Policy::store
);
tagged!(
    InstanceProfile,
    ["TagInstanceProfile", "UntagInstanceProfile", "ListInstanceProfileTags"],
    "instanceProfileName",
    "TagsPerInstanceProfile",
    |name, rows, context: &Context| InstanceProfile::by_name(context.account(), name, rows),
    |profile: &InstanceProfile, tx: &mut Tx| tx.put(&profile.key(), profile)
);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct SetTags<T> {
    #[serde(alias = "RoleName", alias = "UserName", alias = "PolicyArn", alias = "InstanceProfileName")]
    entity: Option<String>,
    pub tags: Vec<Tag>,
    #[serde(skip)]
    tagged: PhantomData<fn() -> T>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct RemoveTags<T> {
    #[serde(alias = "RoleName", alias = "UserName", alias = "PolicyArn", alias = "InstanceProfileName")]
    entity: Option<String>,
    pub tag_keys: Vec<String>,
    #[serde(skip)]
    tagged: PhantomData<fn() -> T>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct ListTags<T> {
    #[serde(alias = "RoleName", alias = "UserName", alias = "PolicyArn", alias = "InstanceProfileName")]
    entity: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
    #[serde(skip)]
    tagged: PhantomData<fn() -> T>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsOutput {
    pub tags: Vec<Tag>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

impl<T: Tagged> Command for SetTags<T> {
    const NAME: &'static str = T::NAMES[0];
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_tags(&self.tags)?;
        let mut entity = named::<T>(&self.entity, tx, context)?;
        set_tags(entity.tags(), &self.tags, T::QUOTA)?;
        entity.store(tx);
        Ok(())
    }
}

impl<T: Tagged> Command for RemoveTags<T> {
    const NAME: &'static str = T::NAMES[1];
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut entity = named::<T>(&self.entity, tx, context)?;
        entity.tags().retain(|tag| !self.tag_keys.iter().any(|key| key.eq_ignore_ascii_case(&tag.key)));
        entity.store(tx);
        Ok(())
    }
}

impl<T: Tagged> Read for ListTags<T> {
    const NAME: &'static str = T::NAMES[2];
    type Output = ListTagsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListTagsOutput, Failure> {
        let mut entity = named::<T>(&self.entity, rows, context)?;
        let list = format!("{} {}", Self::NAME, self.entity.as_deref().unwrap_or_default());
        let page =
            Wanted::new(&self.marker, self.max_items).of(&list, std::mem::take(entity.tags()), context)?;
        let is_truncated = page.is_truncated();
        Ok(ListTagsOutput { tags: page.items, is_truncated, marker: page.marker })
    }
}

fn named<T: Tagged>(
    name: &Option<String>,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<T, Failure> {
    let name = name.as_deref().ok_or_else(|| missing(Service::Iam, T::MEMBER))?;
    T::named(name, rows, context)
}
