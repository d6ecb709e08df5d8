//! In whose name a stack's resources are made: the caller of the operation, or the role that the stack was given.

use crate::calls::{self, session::Session};
use crate::context::{Caller, Context, Request};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::Rows;
use minicbor::{Decode, Encode};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Requester {
    /// The account of the caller.
    #[n(0)]
    pub caller_account: String,
    #[n(1)]
    pub caller_arn: String,
    #[n(2)]
    pub user_id: String,
    #[n(3)]
    pub session: Option<Session>,
    /// The account and region that the stack is in.
    #[n(4)]
    pub account: String,
    #[n(5)]
    pub region: String,
    /// What the URLs of queues begin with.
    #[n(6)]
    pub base_url: String,
    #[n(7)]
    pub role_arn: Option<String>,
}

impl Requester {
    #[must_use]
    pub fn of(context: &Context, role_arn: Option<&str>) -> Self {
        let Request { caller, scope, base_url, .. } = &context.request;
        Self {
            caller_account: caller.account.to_string(),
            caller_arn: caller.arn.to_string(),
            user_id: caller.user_id.to_string(),
            session: caller.session.as_deref().cloned(),
            account: scope.account.to_string(),
            region: scope.region.to_string(),
            base_url: base_url.to_string(),
            role_arn: role_arn.map(str::to_owned),
        }
    }

    /// Runs `work` as if the caller of the operation had asked for it now.
    pub fn acting<T>(&self, context: &mut Context, work: impl FnOnce(&mut Context) -> T) -> T {
        let caller = Caller {
            account: self.caller_account.as_str().into(),
            arn: self.caller_arn.as_str().into(),
            user_id: self.user_id.as_str().into(),
            session: self.session.clone().map(Arc::new),
        };
        let request = Request {
            caller,
            scope: Scope::new(&self.account, &self.region),
            request_id: context.entropy.uuid().into(),
            base_url: self.base_url.as_str().into(),
        };
        let own = std::mem::replace(&mut context.request, request);
        let result = work(context);
        context.request = own;
        result
    }

    /// Who makes the resources: the role's session if there is a role; nobody if it can't be assumed any more.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn maker(
        &self,
        stack_arn: &str,
        rows: &dyn Rows,
        context: &Context,
    ) -> Result<Result<Caller, String>, Failure> {
        match &self.role_arn {
            None => Ok(Ok(context.request.caller.clone())),
            Some(role_arn) => calls::role_of_stack(role_arn, stack_arn, rows, context),
        }
    }
}
