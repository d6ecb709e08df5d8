//! <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>
//!
//! What hasn't changed since it was published last is not published again: the answer is that version.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::create_function::owe_preparation;
use crate::lambda::function_configuration::{FunctionConfiguration, shown_sha256};
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::model::{Function, LastUpdate, Reason, State, Version};
use crate::lambda::settings::constraints;
use crate::lambda::{code, errors, keys};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishVersion {
    pub function_name: String,
    #[serde(rename = "CodeSha256")]
    pub code_sha256: Option<String>,
    pub description: Option<String>,
    pub revision_id: Option<String>,
}

impl Command for PublishVersion {
    const NAME: &'static str = "PublishVersion";
    type Output = FunctionConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<FunctionConfiguration, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        if let Some(description) = &self.description {
            constraints.length("description", description, 0..=256);
        }
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = Function::by_name(&name.scope, &name.name, tx)?
            .ok_or_else(|| errors::function_not_found(&name.plain_arn()))?;
        let latest = function.latest(tx)?;
        check_revision(self.revision_id.as_deref(), &latest)?;
        check_settled(&function, &latest)?;
        self.check_code(&latest)?;
        let (version, _) = publish(function.clone(), latest, self.description.as_deref(), tx, context)?;
        Ok(FunctionConfiguration::new(&function, &version, Some(&version.name())))
    }
}

impl PublishVersion {
    fn check_code(&self, latest: &Version) -> Result<(), Failure> {
        let current = shown_sha256(&latest.configuration.code);
        match &self.code_sha256 {
            Some(given) if !given.is_empty() && *given != current => Err(errors::invalid_parameter(format!(
                "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the CodeSHA256 in $LATEST."
            ))
            .into()),
            _ => Ok(()),
        }
    }
}

/// Writes a `$LATEST` that becomes ready by an effect, publishes it if asked to, and answers with what was made.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn begin(
    function: Function,
    latest: Version,
    and_publish: bool,
    description: Option<&str>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<FunctionConfiguration, Failure> {
    if !and_publish {
        tx.put(&keys::version(function.id, 0), &latest);
        owe_preparation(&function, &latest, tx);
        return Ok(FunctionConfiguration::new(&function, &latest, None));
    }
    let (version, latest) = publish(function.clone(), latest, description, tx, context)?;
    owe_preparation(&function, &latest, tx);
    Ok(FunctionConfiguration::new(&function, &version, Some(&version.name())))
}

/// Makes a version of `$LATEST`, unless the last one is the same, and writes both.
fn publish(
    mut function: Function,
    mut latest: Version,
    description: Option<&str>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(Version, Version), Failure> {
    let fingerprint = latest.configuration.fingerprint();
    if function.last_fingerprint.as_ref() == Some(&fingerprint)
        && let Some(last) = function.version(function.last_version, tx)?
    {
        tx.put(&keys::version(function.id, 0), &latest);
        return Ok((last, latest));
    }
    function.last_version += 1;
    function.last_fingerprint = Some(fingerprint);
    let mut version = Version {
        number: function.last_version,
        revision: context.entropy.uuid(),
        published_with: None,
        ..latest.clone()
    };
    if let Some(description) = description {
        description.clone_into(&mut version.configuration.description);
    }
    if latest.state == State::Pending || latest.last_update == Some(LastUpdate::InProgress) {
        version.state = State::Pending;
        version.state_reason = Some(Reason::creating());
        (version.last_update, version.last_update_reason) = (None, None);
        latest.published_with = Some(version.number);
    }
    retain_all(&version, tx)?;
    latest.revision = context.entropy.uuid();
    tx.put(&keys::function(&function.scope(), &function.name), &function);
    tx.put(&keys::version(function.id, version.number), &version);
    tx.put(&keys::version(function.id, 0), &latest);
    Ok((version, latest))
}

/// Takes references to the packages of a version.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn retain_all(version: &Version, tx: &mut Tx) -> Result<(), Failure> {
    code::retain(&version.configuration.code, tx)?;
    version.configuration.layers.iter().try_for_each(|layer| code::retain(&layer.code, tx))
}

/// Gives the references of a version back.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn release_all(version: &Version, tx: &mut Tx) -> Result<(), Failure> {
    code::release(&version.configuration.code, tx)?;
    version.configuration.layers.iter().try_for_each(|layer| code::release(&layer.code, tx))
}

/// Whether the caller saw the newest revision, if it says which one it saw.
///
/// # Errors
/// `PreconditionFailedException`.
pub fn check_revision(given: Option<&str>, latest: &Version) -> Result<(), Failure> {
    match given {
        Some(given) if given != latest.revision => Err(errors::precondition_failed().into()),
        _ => Ok(()),
    }
}

/// Whether nothing is being made ready.
///
/// # Errors
/// `ResourceConflictException`.
pub fn check_settled(function: &Function, latest: &Version) -> Result<(), Failure> {
    if latest.state == State::Pending {
        return Err(errors::wrong_state("Pending").into());
    }
    if latest.last_update == Some(LastUpdate::InProgress) {
        return Err(errors::update_in_progress(&function.arn()).into());
    }
    Ok(())
}
