//! What a session carries beside its principal, from the AssumeRole that opened it to each request made with it.

use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// Of a role's session, a user's temporary credentials, or a federated user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Session {
    /// The ARN of the role or user whose permissions it has.
    #[n(0)]
    pub issuer_arn: String,
    /// Session tags, which count as tags of the principal.
    #[n(1)]
    pub tags: BTreeMap<String, String>,
    /// The keys of the tags that a role chain carries on.
    #[n(2)]
    pub transitive_tag_keys: Vec<String>,
    /// Session policies: documents that narrow what the principal may.
    #[n(3)]
    pub policies: Vec<String>,
    /// Managed policies as session policies, by ARN.
    #[n(4)]
    pub policy_arns: Vec<String>,
    /// Whether it was opened by a session of a role.
    #[n(5)]
    pub is_chained: bool,
}
