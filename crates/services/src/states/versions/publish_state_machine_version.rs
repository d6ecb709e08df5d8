//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html>
//!
//! Publishing a revision that is published already gives its version again, whatever the description (recorded).

use super::model::Version;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::Rows;
use crate::states::model::{Machine, timestamp};
use crate::states::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use stepwell_store::Direction;
use stepwell_wire::constraints::Constraints;
use stepwell_wire::{ApiError, Service, Timestamp};

/// Characters of a description at most.
const LONGEST_DESCRIPTION: usize = 256;
/// The name of the first revision, which has no id.
const INITIAL: &str = "INITIAL";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishStateMachineVersion {
    pub state_machine_arn: String,
    pub revision_id: Option<String>,
    pub description: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishStateMachineVersionOutput {
    pub creation_date: Timestamp,
    pub state_machine_version_arn: String,
}

impl Command for PublishStateMachineVersion {
    const NAME: &'static str = "PublishStateMachineVersion";
    type Output = PublishStateMachineVersionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PublishStateMachineVersionOutput, Failure> {
        check_description("description", self.description.as_deref())?;
        let mut machine = Arc::unwrap_or_clone(Machine::by_arn(&self.state_machine_arn, tx)?);
        if let Some(wanted) = &self.revision_id {
            let current = machine.revision(tx)?.revision_id;
            let current = current.as_deref().unwrap_or(INITIAL);
            if wanted != current {
                return Err(errors::revision_conflict(wanted, current).into());
            }
        }
        let (number, version) = publish(&mut machine, self.description.as_deref(), tx, context)?;
        Ok(PublishStateMachineVersionOutput {
            creation_date: timestamp(version.created_ms),
            state_machine_version_arn: machine.version_arn(number),
        })
    }
}

/// Gives the current revision of a state machine a version, or finds the one that it has; writes both rows if it is a new one.
///
/// # Errors
/// `ServiceQuotaExceededException`.
pub(crate) fn publish(
    machine: &mut Machine,
    description: Option<&str>,
    tx: &mut Tx,
    context: &Context,
) -> Result<(u64, Version), Failure> {
    // Numbers and revisions both grow: a version of the current revision is the newest.
    if let Some((number, version)) = Version::newest(machine, tx)?
        && version.revision == machine.revision
    {
        return Ok((number, version));
    }
    check_quota(machine, tx, context)?;
    let number = machine.last_version.unwrap_or(0) + 1;
    let version = Version {
        revision: machine.revision,
        description: description.map(str::to_owned),
        created_ms: context.now_ms,
    };
    machine.last_version = Some(number);
    tx.put(&keys::version(machine.id, number), &version);
    tx.put(&keys::machine(&machine.scope(), &machine.name), machine);
    Ok((number, version))
}

/// Versions are counted only where so many were ever published.
fn check_quota(machine: &Machine, tx: &Tx, context: &Context) -> Result<(), Failure> {
    let most = context.settings.versions_per_state_machine;
    if machine.last_version.unwrap_or(0) < most as u64 {
        return Ok(());
    }
    let all = keys::versions(machine.id);
    if tx.scan(all.as_bytes(), &all.end(), Direction::Forward, most)?.len() < most {
        return Ok(());
    }
    Err(errors::quota_exceeded(&format!("A state machine may have up to {most} versions.")).into())
}

/// Checks the length of a version's description.
///
/// # Errors
/// `ValidationException`.
pub(crate) fn check_description(field: &str, description: Option<&str>) -> Result<(), ApiError> {
    let mut constraints = Constraints::new(Service::States);
    if let Some(description) = description {
        constraints.length(field, description, 0..=LONGEST_DESCRIPTION);
    }
    constraints.finish()
}
