//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>

use crate::calls::credentials::{Holder, mint};
use crate::calls::session::Session;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sts::shapes::{CredentialsShape, access_denied, constraints};
use serde::{Deserialize, Serialize};

const DEFAULT_S: i64 = 43_200;
/// The root of an account gets an hour, whatever it asks for.
const ROOT_S: i64 = 3600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSessionToken {
    pub duration_seconds: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSessionTokenOutput {
    pub credentials: CredentialsShape,
}

impl Read for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";
    type Output = GetSessionTokenOutput;

    fn read(&self, _: &dyn Rows, context: &mut Context) -> Result<GetSessionTokenOutput, Failure> {
        let asked_s = self.duration_seconds.unwrap_or(DEFAULT_S);
        constraints().range("durationSeconds", asked_s, 900..=129_600).finish()?;
        let caller = context.request.caller.clone();
        let is_root = caller.arn.ends_with(":root");
        let user = caller.arn.split_once(":user/").and_then(|(_, path)| path.rsplit('/').next());
        let holder = match user {
            _ if caller.session.is_some() => None,
            Some(name) => Some(Holder::User { name: name.to_owned(), id: caller.user_id.to_string() }),
            None => is_root.then_some(Holder::Root),
        };
        let holder =
            holder.ok_or_else(|| access_denied("Cannot call GetSessionToken with session credentials"))?;
        let duration_s = if is_root { asked_s.min(ROOT_S) } else { asked_s };
        let duration_s = u64::try_from(duration_s).unwrap_or_default();
        let session = Session { issuer_arn: caller.arn.to_string(), ..Session::default() };
        let credentials = mint(&caller.account, holder, duration_s, session, context);
        Ok(GetSessionTokenOutput { credentials: credentials.into() })
    }
}
