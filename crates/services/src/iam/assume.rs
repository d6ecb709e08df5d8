//! Who may take on a role: its trust policy decides, for callers of AssumeRole and for services alike.

use crate::context::{Caller, Context};
use crate::failure::Failure;
use crate::iam::credentials::{self, Holder, SessionCredentials, role_caller};
use crate::iam::model::Role;
use crate::iam::policy::evaluate::decide;
use crate::iam::policy::{Document, Effect, Keys, Principal, Question};
use crate::iam::session::Session;
use crate::keys::Scope;
use crate::rows::Rows;
use std::sync::Arc;
use stepwell_wire::time;

/// Why a role can't be taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleProblem {
    /// There is no such role.
    Missing,
    /// It belongs to another account than the one that passes it on.
    OtherAccount,
    /// Its trust policy doesn't let this principal.
    NotTrusted,
}

/// A service that takes on a role.
#[derive(Debug, Clone, Copy)]
pub struct ServiceAssumption<'a> {
    pub role_arn: &'a str,
    /// The global name, such as `states.amazonaws.com`; the regional one of the scope's region counts as well.
    pub service: &'a str,
    /// The account and region that it acts in: a role of another account isn't taken on.
    pub scope: &'a Scope,
    /// For which resource, as `aws:SourceArn` has it.
    pub source_arn: Option<&'a str>,
    pub session_name: &'a str,
}

/// Has a service take on a role: the caller that it then is.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn assume_for_service(
    assumption: &ServiceAssumption,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<Result<Caller, RoleProblem>, Failure> {
    let role = trusted_role(assumption, rows, context)?;
    Ok(role.map(|role| role_caller(&role, assumption.session_name, Session::default())))
}

/// The same, with temporary credentials to hand on: what a function's environment gets.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn session_for_service(
    assumption: &ServiceAssumption,
    duration_s: u64,
    rows: &(impl Rows + ?Sized),
    context: &mut Context,
) -> Result<Result<SessionCredentials, RoleProblem>, Failure> {
    let role = trusted_role(assumption, rows, context)?;
    Ok(role.map(|role| {
        let session = Session { issuer_arn: role.arn(), ..Session::default() };
        let session_name = assumption.session_name.to_owned();
        let holder = Holder::Role { name: role.name.clone(), id: role.id.clone(), session_name };
        credentials::mint(&role.account, holder, duration_s, session, context)
    }))
}

fn trusted_role(
    assumption: &ServiceAssumption,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<Result<Arc<Role>, RoleProblem>, Failure> {
    let Some(role) = Role::kept_by_arn(assumption.role_arn, rows)? else {
        return Ok(Err(RoleProblem::Missing));
    };
    if *role.account != *assumption.scope.account {
        return Ok(Err(RoleProblem::OtherAccount));
    }
    let keys = || {
        let keys = request_keys(&assumption.scope.region, context)
            .with("aws:PrincipalIsAWSService", "true")
            .with("aws:PrincipalServiceName", assumption.service)
            .with("aws:SourceAccount", &*assumption.scope.account)
            .with("sts:RoleSessionName", assumption.session_name);
        match assumption.source_arn {
            Some(source) => keys.with("aws:SourceArn", source),
            None => keys,
        }
    };
    let mut names = vec![assumption.service.to_owned()];
    if let Some((service, domain)) = assumption.service.split_once('.') {
        names.push(format!("{service}.{}.{domain}", assumption.scope.region));
    }
    let trusted = trusts(&role, Principal::Service(names), "sts:AssumeRole", keys)?;
    Ok(if trusted { Ok(role) } else { Err(RoleProblem::NotTrusted) })
}

/// Whether a role's trust policy allows `action` to a principal.
///
/// # Errors
/// [`Failure::Broken`] if what is stored is no policy.
pub fn trusts(
    role: &Role,
    principal: Principal,
    action: &str,
    keys: impl FnOnce() -> Keys,
) -> Result<bool, Failure> {
    let document = Document::parse_kept(&role.trust_policy)
        .map_err(|error| Failure::broken(format!("the trust policy of `{}`: {error}", role.arn())))?;
    // Most trust policies ask for nothing but who it is.
    let keys = if document.is_conditional() { keys() } else { Keys::default() };
    let question =
        Question { principal: Some(principal), action: action.to_owned(), resource: role.arn(), keys };
    Ok(decide(&document, &question) == Some(Effect::Allow))
}

/// A caller as resource policies name it: a session is meant by its own ARN and by its role's.
#[must_use]
pub fn principal(caller: &Caller) -> Principal {
    let issuer = caller.session.iter().map(|session| session.issuer_arn.clone());
    let arns = [caller.arn.to_string()].into_iter().chain(issuer.filter(|arn| !arn.is_empty()));
    Principal::Aws { arns: arns.collect(), account: caller.account.to_string() }
}

/// The condition keys that tell of a caller.
#[must_use]
pub fn caller_keys(caller: &Caller, context: &Context) -> Keys {
    let issuer = caller.session.as_ref().map(|session| session.issuer_arn.as_str());
    let principal_arn = issuer.filter(|arn| !arn.is_empty()).unwrap_or(&caller.arn);
    let mut keys = request_keys(context.region(), context)
        .with("aws:PrincipalArn", principal_arn)
        .with("aws:PrincipalAccount", &*caller.account)
        .with("aws:userid", &*caller.user_id)
        .with("aws:PrincipalIsAWSService", "false")
        .with("aws:PrincipalType", principal_type(caller));
    if let Some((_, path)) = caller.arn.split_once(":user/") {
        keys = keys.with("aws:username", path.rsplit('/').next().unwrap_or(path));
    }
    for (key, value) in caller.session.iter().flat_map(|session| &session.tags) {
        keys = keys.with(&format!("aws:PrincipalTag/{key}"), value);
    }
    keys
}

fn principal_type(caller: &Caller) -> &'static str {
    let kinds = [
        (":assumed-role/", "AssumedRole"),
        (":user/", "User"),
        (":federated-user/", "FederatedUser"),
        (":root", "Account"),
    ];
    kinds.iter().find(|(part, _)| caller.arn.contains(part)).map_or("Anonymous", |(_, kind)| kind)
}

/// The condition keys that every request has.
fn request_keys(region: &str, context: &Context) -> Keys {
    let now_ms = i64::try_from(context.wall_ms).unwrap_or(i64::MAX);
    Keys::default()
        .with("aws:CurrentTime", time::iso_seconds(now_ms))
        .with("aws:EpochTime", (now_ms / 1000).to_string())
        .with("aws:RequestedRegion", region)
}
