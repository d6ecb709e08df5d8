//! What a rule is given beside its input and its rows: the time, the caller, entropy, the limits in force.

use crate::entropy::{Entropy, Seed};
use crate::iam::session::Session;
use crate::keys::Scope;
use crate::secrets::Secrets;
use crate::settings::Settings;
use std::sync::Arc;
use stepwell_asl::jsonata::Allowance;

/// Who asks. Every command carries its caller from the first commit on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: Arc<str>,
    /// `arn:aws:iam::…:root`, `arn:aws:sts::…:assumed-role/…/…`, or a service principal.
    pub arn: Arc<str>,
    /// As `GetCallerIdentity` shows it: the account, `AIDA…`, or `AROA…:session`.
    pub user_id: Arc<str>,
    /// Of temporary credentials and assumed roles: what comes with them.
    pub session: Option<Arc<Session>>,
}

impl Caller {
    /// The root user of an account.
    #[must_use]
    pub fn root(account: &str) -> Self {
        Self {
            account: account.into(),
            arn: format!("arn:aws:iam::{account}:root").into(),
            user_id: account.into(),
            session: None,
        }
    }

    /// Someone without a name who followed a link, to something of this account.
    #[must_use]
    pub fn anonymous(account: &str) -> Self {
        Self { account: account.into(), arn: "anonymous".into(), user_id: "anonymous".into(), session: None }
    }

    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        &*self.arn == "anonymous"
    }
}

/// The request that a command came with, as the pipeline knows it.
#[derive(Debug, Clone)]
pub struct Request {
    pub caller: Caller,
    /// The account that is addressed and the region that was signed for.
    pub scope: Scope,
    /// A UUID; the caller sees it in the answer and the operator in the log.
    pub request_id: Arc<str>,
    /// Scheme and authority under which the client reached us, such as `http://localhost:4566`: queue URLs begin with it.
    pub base_url: Arc<str>,
}

/// The surroundings of one command or read.
#[derive(Debug)]
pub struct Context<'a> {
    /// Time of the commit, ms since 1970: never goes backwards, and virtual where the clock is.
    pub now_ms: u64,
    /// The time at which executions step. The same as `now_ms`, but for a command that had to wait for an expression: there it
    /// is the time of the first try, so that the expression finds what it was evaluated for.
    pub steps_ms: u64,
    /// What the outside calls now, for what touches it: credentials. The same as `now_ms` where nobody says otherwise.
    pub wall_ms: u64,
    pub request: Request,
    pub entropy: Entropy,
    pub settings: &'a Settings,
    pub secrets: &'a Secrets,
    /// A waiting command has to answer now, with nothing if there is nothing.
    pub last_chance: bool,
    /// What expressions may do in this command.
    pub allowance: Allowance,
}

impl<'a> Context<'a> {
    #[must_use]
    pub fn new(
        now_ms: u64,
        request: Request,
        seed: Seed,
        settings: &'a Settings,
        secrets: &'a Secrets,
    ) -> Self {
        Self {
            now_ms,
            steps_ms: now_ms,
            wall_ms: now_ms,
            request,
            entropy: Entropy::new(seed),
            settings,
            secrets,
            last_chance: false,
            allowance: Allowance::default(),
        }
    }

    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.request.scope
    }

    #[must_use]
    pub fn account(&self) -> &str {
        &self.request.scope.account
    }

    #[must_use]
    pub fn region(&self) -> &str {
        &self.request.scope.region
    }

    /// Runs `work` as someone else, in the scope that this one acts in: an execution as its role, a topic as a service.
    pub fn acting_as<T>(&mut self, caller: Caller, scope: Scope, work: impl FnOnce(&mut Self) -> T) -> T {
        let own = (self.request.caller.clone(), self.request.scope.clone());
        (self.request.caller, self.request.scope) = (caller, scope);
        let result = work(self);
        (self.request.caller, self.request.scope) = own;
        result
    }
}

impl Request {
    /// The request of a command that we make ourselves. It acts in no account: what it does for one it does by
    /// [`Context::acting_as`].
    #[must_use]
    pub fn own() -> Self {
        Self {
            caller: Caller { account: "".into(), arn: "".into(), user_id: "".into(), session: None },
            scope: Scope::new("", ""),
            request_id: "".into(),
            base_url: "".into(),
        }
    }
}
