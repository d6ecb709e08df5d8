//! The nouns of Lambda as they are stored.

use crate::entropy::Entropy;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::code::Code;
use crate::lambda::keys;
use crate::row;
use crate::rows::{Rows, RowsExt};
use minicbor::{Decode, Encode};
use sha2::Digest;
use std::collections::BTreeMap;
use stepwell_wire::arn::Arn;

/// What all versions of a function share.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Function {
    /// The number that its versions' keys begin with.
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub name: String,
    /// The number of the version that was published last, 0 for none.
    #[n(4)]
    pub last_version: u64,
    /// What `$LATEST` was like then; publishing the same again gives the same version.
    #[n(5)]
    pub last_fingerprint: Option<String>,
    #[n(6)]
    pub tags: BTreeMap<String, String>,
    #[n(7)]
    pub reserved_concurrency: Option<u32>,
}

impl Function {
    /// The function of this name.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn by_name(scope: &Scope, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Self>, Failure> {
        rows.row(&keys::function(scope, name))
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        arn(&self.scope(), &self.name, None)
    }

    #[must_use]
    pub fn qualified_arn(&self, qualifier: &str) -> String {
        arn(&self.scope(), &self.name, Some(qualifier))
    }

    /// `$LATEST`, or a published version.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn version(&self, number: u64, rows: &(impl Rows + ?Sized)) -> Result<Option<Version>, Failure> {
        rows.row(&keys::version(self.id, number))
    }

    /// `$LATEST`, which every function has.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it isn't there.
    pub fn latest(&self, rows: &(impl Rows + ?Sized)) -> Result<Version, Failure> {
        let latest = self.version(0, rows)?;
        latest.ok_or_else(|| Failure::broken(format!("function {} without `$LATEST`", self.name)))
    }
}

/// The ARN of a function, or of one of its versions or aliases.
#[must_use]
pub fn arn(scope: &Scope, name: &str, qualifier: Option<&str>) -> String {
    let qualifier = qualifier.map(|qualifier| format!(":{qualifier}")).unwrap_or_default();
    Arn::new("lambda", &scope.region, &scope.account, format!("function:{name}{qualifier}")).to_string()
}

/// `$LATEST`, or a version that was published and doesn't change any more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Version {
    /// 0 for `$LATEST`.
    #[n(0)]
    pub number: u64,
    #[n(1)]
    pub configuration: Configuration,
    #[n(2)]
    pub modified_ms: u64,
    /// A UUID, new with each change.
    #[n(3)]
    pub revision: String,
    #[n(4)]
    pub state: State,
    #[n(5)]
    pub state_reason: Option<Reason>,
    /// How the last update went; nothing while the function is being created.
    #[n(6)]
    pub last_update: Option<LastUpdate>,
    #[n(7)]
    pub last_update_reason: Option<Reason>,
    /// The version that was published with an update and becomes ready with it.
    #[n(8)]
    pub published_with: Option<u64>,
}

impl Version {
    /// `$LATEST`, or the number.
    #[must_use]
    pub fn name(&self) -> String {
        version_name(self.number)
    }

    /// A version that was just made: it becomes ready by an effect.
    #[must_use]
    pub fn pending(number: u64, configuration: Configuration, now_ms: u64, entropy: &mut Entropy) -> Self {
        Self {
            number,
            configuration,
            modified_ms: now_ms,
            revision: entropy.uuid(),
            state: State::Pending,
            state_reason: Some(Reason::creating()),
            last_update: None,
            last_update_reason: None,
            published_with: None,
        }
    }
}

/// `$LATEST` for 0, otherwise the number.
#[must_use]
pub fn version_name(number: u64) -> String {
    if number == 0 { "$LATEST".to_owned() } else { number.to_string() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum State {
    #[n(0)]
    Pending,
    #[n(1)]
    Active,
    #[n(2)]
    Failed,
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Failed => "Failed",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LastUpdate {
    #[n(0)]
    InProgress,
    #[n(1)]
    Successful,
    #[n(2)]
    Failed,
}

impl LastUpdate {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
        }
    }
}

/// Why a function is in its state.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Reason {
    #[n(0)]
    pub code: String,
    #[n(1)]
    pub text: String,
}

impl Reason {
    #[must_use]
    pub fn creating() -> Self {
        Self { code: "Creating".to_owned(), text: "The function is being created.".to_owned() }
    }

    #[must_use]
    pub fn internal_error(text: &str) -> Self {
        Self { code: "InternalError".to_owned(), text: text.to_owned() }
    }
}

/// What runs, and how.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Configuration {
    #[n(0)]
    pub runtime: String,
    #[n(1)]
    pub role: String,
    #[n(2)]
    pub handler: String,
    #[n(3)]
    pub code: Code,
    #[n(4)]
    pub description: String,
    #[n(5)]
    pub timeout_s: u32,
    #[n(6)]
    pub memory_mb: u32,
    /// Present if it was ever given, even empty.
    #[n(7)]
    pub environment: Option<BTreeMap<String, String>>,
    #[n(8)]
    pub kms_key_arn: Option<String>,
    /// `Active` or `PassThrough`.
    #[n(9)]
    pub tracing_mode: String,
    #[n(10)]
    pub dead_letter_arn: Option<String>,
    /// `x86_64` or `arm64`. Functions run on the machine that is there.
    #[n(11)]
    pub architecture: String,
    #[n(12)]
    pub ephemeral_storage_mb: u32,
    #[n(13)]
    pub layers: Vec<LayerUse>,
    #[n(14)]
    pub vpc: Option<Vpc>,
    /// `PublishedVersions` or `None`.
    #[n(15)]
    pub snap_start: String,
    #[n(16)]
    pub logging: Logging,
}

impl Configuration {
    /// The same for the same code and configuration, and for nothing else.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        stepwell_wire::ids::hex(&sha2::Sha256::digest(row::encode(self)))
    }
}

/// A layer that a function uses. Its package is kept while a version refers to it, even when the layer is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LayerUse {
    #[n(0)]
    pub arn: String,
    #[n(1)]
    pub code: Code,
}

/// Stored and shown: functions here share the host's network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Vpc {
    #[n(0)]
    pub subnet_ids: Vec<String>,
    #[n(1)]
    pub security_group_ids: Vec<String>,
    #[n(2)]
    pub ipv6_allowed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Logging {
    /// `Text` or `JSON`.
    #[n(0)]
    pub format: String,
    /// Only with `JSON`.
    #[n(1)]
    pub application_level: Option<String>,
    /// Only with `JSON`.
    #[n(2)]
    pub system_level: Option<String>,
    #[n(3)]
    pub group: String,
}

/// A name for a version, which can be moved to another.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Alias {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub version: u64,
    #[n(2)]
    pub description: String,
    /// A UUID, new with each change.
    #[n(3)]
    pub revision: String,
    /// A second version that gets a share of the invocations.
    #[n(4)]
    pub additional: Option<AdditionalVersion>,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct AdditionalVersion {
    #[n(0)]
    pub version: u64,
    /// Of 1.
    #[n(1)]
    pub weight: f64,
}
