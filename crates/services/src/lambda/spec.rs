//! What the server needs to run a function: plain data, read from a snapshot.

use crate::calls::{self, SessionCredentials};
use crate::context::Context;
use crate::effect::{InvokeFunction, PrepareFunction};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::code::{self, Sha256};
use crate::lambda::model::{self, Function, State, Version};
use crate::lambda::{errors, qualifier};
use crate::rows::Rows;
use std::collections::BTreeMap;
use stepwell_wire::{ApiError, Service};

/// One version of a function, ready to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    pub account: String,
    pub region: String,
    pub name: String,
    /// As it was invoked: with the qualifier that was given, or without one.
    pub arn: String,
    /// `$LATEST`, or the number of the version that runs.
    pub version: String,
    /// The same for the same code and configuration, and for nothing else.
    pub revision: String,
    pub runtime: String,
    pub handler: String,
    pub memory_mb: u32,
    pub timeout_s: u32,
    pub ephemeral_storage_mb: u32,
    pub environment: BTreeMap<String, String>,
    pub code_sha256: Sha256,
    /// Packages that are laid over each other under `/opt`, the first at the bottom.
    pub layers: Vec<Sha256>,
    pub role_arn: String,
    pub log_group: String,
    /// At most so many at once.
    pub reserved_concurrency: Option<u32>,
}

/// What an invocation runs.
///
/// # Errors
/// AWS's own for a function that isn't there, isn't ready, or may not run at all.
pub fn spec(rows: &(impl Rows + ?Sized), invoke: &InvokeFunction) -> Result<FunctionSpec, Failure> {
    let scope = Scope::new(&invoke.account, &invoke.region);
    let qualifier = invoke.qualifier.as_deref();
    let (function, version) = runnable(rows, &scope, &invoke.function, qualifier, &invoke.request_id)?;
    Ok(describe(&function, version, qualifier))
}

/// The newest configuration, which is to be made ready; nothing if it isn't wanted any more.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn spec_to_prepare(
    rows: &(impl Rows + ?Sized),
    prepare: &PrepareFunction,
) -> Result<Option<FunctionSpec>, Failure> {
    let scope = Scope::new(&prepare.account, &prepare.region);
    let Some(function) = Function::by_name(&scope, &prepare.function, rows)? else { return Ok(None) };
    let latest = function.latest(rows)?;
    Ok((latest.revision == prepare.revision).then(|| describe(&function, latest, None)))
}

/// The function and the version that an invocation would run.
///
/// # Errors
/// As [`spec`].
pub fn runnable(
    rows: &(impl Rows + ?Sized),
    scope: &Scope,
    name: &str,
    qualifier: Option<&str>,
    request_id: &str,
) -> Result<(Function, Version), Failure> {
    let not_found =
        || errors::function_not_found(&model::arn(scope, name, Some(qualifier.unwrap_or("$LATEST"))));
    let function = Function::by_name(scope, name, rows)?.ok_or_else(not_found)?;
    let version = qualifier::invoked(&function, qualifier, request_id, rows)?.ok_or_else(not_found)?;
    if version.state != State::Active {
        return Err(errors::wrong_state(version.state.as_str()).into());
    }
    if function.reserved_concurrency == Some(0) {
        return Err(errors::too_many_requests("ReservedFunctionConcurrentInvocationLimitExceeded").into());
    }
    Ok((function, version))
}

fn describe(function: &Function, version: Version, qualifier: Option<&str>) -> FunctionSpec {
    let configuration = version.configuration;
    FunctionSpec {
        account: function.account.clone(),
        region: function.region.clone(),
        name: function.name.clone(),
        arn: qualifier.map_or_else(|| function.arn(), |qualifier| function.qualified_arn(qualifier)),
        version: model::version_name(version.number),
        revision: configuration.fingerprint(),
        runtime: configuration.runtime,
        handler: configuration.handler,
        memory_mb: configuration.memory_mb,
        timeout_s: configuration.timeout_s,
        ephemeral_storage_mb: configuration.ephemeral_storage_mb,
        environment: configuration.environment.unwrap_or_default(),
        code_sha256: configuration.code.sha256,
        layers: configuration.layers.iter().map(|layer| layer.code.sha256).collect(),
        role_arn: configuration.role,
        log_group: configuration.logging.group,
        reserved_concurrency: function.reserved_concurrency,
    }
}

/// Whether there is what an invocation names, ready or not.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn exists(
    rows: &(impl Rows + ?Sized),
    scope: &Scope,
    name: &str,
    qualifier: Option<&str>,
) -> Result<(), Failure> {
    match find(rows, scope, name, qualifier)? {
        Some(_) => Ok(()),
        None => {
            let arn = model::arn(scope, name, Some(qualifier.unwrap_or("$LATEST")));
            Err(errors::function_not_found(&arn).into())
        }
    }
}

/// What an invocation names, ready or not.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn find(
    rows: &(impl Rows + ?Sized),
    scope: &Scope,
    name: &str,
    qualifier: Option<&str>,
) -> Result<Option<(Function, Version)>, Failure> {
    let Some(function) = Function::by_name(scope, name, rows)? else { return Ok(None) };
    let version = qualifier::version(&function, qualifier, rows)?;
    Ok(version.map(|version| (function, version)))
}

/// How long a function's credentials last. A process that outlives them isn't used any more.
const CREDENTIALS_S: u64 = 43_200;

/// Temporary credentials of a function's role, for its environment.
///
/// # Errors
/// `AccessDeniedException` if Lambda can't assume the role any more.
pub fn function_session(
    spec: &FunctionSpec,
    rows: &dyn Rows,
    context: &mut Context,
) -> Result<SessionCredentials, Failure> {
    calls::session_of_function(spec, CREDENTIALS_S, rows, context)?.map_err(|_| {
        let text = "The role defined for the function cannot be assumed by Lambda.";
        ApiError::access_denied(Service::Lambda, text).into()
    })
}

/// The package of a function, a zip archive.
///
/// # Errors
/// [`Failure::Broken`] if it isn't there: whoever has its name read it from the same snapshot.
pub fn code(rows: &(impl Rows + ?Sized), sha256: &Sha256) -> Result<Vec<u8>, Failure> {
    code::load(rows, sha256)?.ok_or_else(|| Failure::broken("a package that isn't there"))
}
