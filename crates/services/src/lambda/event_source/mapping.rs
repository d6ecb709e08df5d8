//! A mapping as it is stored.

use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::{errors, keys, model};
use crate::rows::{Rows, RowsExt};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use stepwell_wire::arn::Arn;

/// Batches at once, where the mapping says nothing.
const DEFAULT_CONCURRENCY: u32 = 5;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Mapping {
    #[n(0)]
    pub uuid: String,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub event_source_arn: String,
    /// The function's name.
    #[n(4)]
    pub function: String,
    /// As it was named: a version, an alias, `$LATEST`, or nothing.
    #[n(5)]
    pub qualifier: Option<String>,
    #[n(6)]
    pub batch_size: u32,
    #[n(7)]
    pub batching_window_s: u32,
    #[n(8)]
    pub maximum_concurrency: Option<u32>,
    #[n(9)]
    pub reports_failures: bool,
    /// The patterns as they were given; a message passes if one of them matches.
    #[n(10)]
    pub filters: Option<Vec<String>>,
    #[n(11)]
    pub kms_key_arn: Option<String>,
    #[n(12)]
    pub state: MappingState,
    /// The pollers that count: those of an older generation end.
    #[n(13)]
    pub generation: u64,
    #[n(14)]
    pub modified_ms: u64,
    #[n(15)]
    pub tags: BTreeMap<String, String>,
}

/// Only `Enabled`, `Disabled` are states to stay in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MappingState {
    #[n(0)]
    Creating,
    #[n(1)]
    Enabling,
    #[n(2)]
    Enabled,
    #[n(3)]
    Updating,
    #[n(4)]
    Disabling,
    #[n(5)]
    Disabled,
    #[n(6)]
    Deleting,
    /// `Creating` of one that is not to be enabled.
    #[n(7)]
    CreatingDisabled,
    /// `Updating` of one that is not enabled.
    #[n(8)]
    UpdatingDisabled,
}

impl MappingState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating | Self::CreatingDisabled => "Creating",
            Self::Enabling => "Enabling",
            Self::Enabled => "Enabled",
            Self::Updating | Self::UpdatingDisabled => "Updating",
            Self::Disabling => "Disabling",
            Self::Disabled => "Disabled",
            Self::Deleting => "Deleting",
        }
    }

    /// The state that this one leads to; nothing for a mapping that ends.
    #[must_use]
    pub fn settled(self) -> Option<Self> {
        match self {
            Self::Creating | Self::Enabling | Self::Updating | Self::Enabled => Some(Self::Enabled),
            Self::CreatingDisabled | Self::UpdatingDisabled | Self::Disabling | Self::Disabled => {
                Some(Self::Disabled)
            }
            Self::Deleting => None,
        }
    }
}

impl Mapping {
    /// The mapping of this UUID.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn by_uuid(scope: &Scope, uuid: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        rows.row(&keys::mapping(scope, uuid))?.ok_or_else(|| errors::resource_not_found().into())
    }

    /// All mappings of an account in a region, by UUID.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn all(scope: &Scope, rows: &(impl Rows + ?Sized)) -> Result<Vec<Self>, Failure> {
        let rows = rows.rows(&keys::mappings(scope), usize::MAX)?;
        Ok(rows.into_iter().map(|(_, mapping)| mapping).collect())
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn function_arn(&self) -> String {
        model::arn(&self.scope(), &self.function, self.qualifier.as_deref())
    }

    #[must_use]
    pub fn arn(&self) -> String {
        let resource = format!("event-source-mapping:{}", self.uuid);
        Arn::new("lambda", &self.region, &self.account, resource).to_string()
    }

    /// How many batches may be with the function at once.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        self.maximum_concurrency.unwrap_or(DEFAULT_CONCURRENCY)
    }
}

/// The mapping of an ARN.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn find_by_arn(arn: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Mapping>, Failure> {
    let Some(arn) = Arn::parse(arn) else { return Ok(None) };
    match arn.resource.split_once(':') {
        Some(("event-source-mapping", uuid)) => {
            rows.row(&keys::mapping(&Scope::new(&arn.account, &arn.region), uuid))
        }
        _ => Ok(None),
    }
}
