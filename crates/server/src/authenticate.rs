//! Who asks: by signature where that is required, by the access key alone where it is not.
//!
//! Without required signatures a key that was issued here selects its own account and principal, a key of twelve digits
//! that account, and anything else the default account, as the tools of the field expect.

use crate::clock;
use stepwell_services::context::{Caller, Request as Asked};
use stepwell_services::iam::credentials::{self, Credentials};
use stepwell_services::keys::Scope;
use stepwell_services::secrets::Secrets;
use stepwell_store::Store;
use stepwell_wire::arn::is_account_id;
use stepwell_wire::route::{DEFAULT_REGION, Route};
use stepwell_wire::sigv4::{self, AuthFailure, Claim, KeyLookup, PieceSigner, verify};
use stepwell_wire::{ApiError, Request};

/// The account of callers who name none.
pub const DEFAULT_ACCOUNT: &str = "000000000000";

/// Whether signatures are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Off,
    Required,
}

/// What a request says of its signature.
struct Signed<'a> {
    key_id: Option<String>,
    region: String,
    /// It follows a link in a message, which is its own proof.
    may_be_unsigned: bool,
    /// The signing name of the service that the request is for.
    service: &'a str,
}

/// Tells who asks.
#[derive(Debug, Clone)]
pub struct Authenticator {
    pub mode: Mode,
    /// `http` or `https`: how the listener is reached.
    pub scheme: &'static str,
    /// Under which queue URLs are given to callers who sent no host.
    pub base_url: String,
}

impl Authenticator {
    /// The caller of a request to a service of AWS's, and the scope that it acts in.
    ///
    /// # Errors
    /// AWS's, for a signature that doesn't hold.
    pub fn caller(
        &self,
        request: &Request,
        route: &Route,
        store: &Store,
        secrets: &Secrets,
        is_link: bool,
        request_id: &str,
    ) -> Result<Asked, ApiError> {
        let signed = Signed {
            may_be_unsigned: is_link,
            key_id: route.access_key_id.clone(),
            region: route.region.clone(),
            service: route.service.signing_name(),
        };
        self.asked(request, &signed, store, secrets, request_id)
    }

    /// The caller of a request to this server's own API.
    ///
    /// # Errors
    /// AWS's, for a signature that doesn't hold.
    pub fn caller_of(
        &self,
        request: &Request,
        service: &str,
        store: &Store,
        secrets: &Secrets,
        request_id: &str,
    ) -> Result<Asked, ApiError> {
        let scope = sigv4::Scope::peek(request);
        let signed = Signed {
            region: scope.as_ref().map_or_else(|| DEFAULT_REGION.to_owned(), |scope| scope.region.clone()),
            key_id: scope.map(|scope| scope.access_key_id),
            may_be_unsigned: false,
            service,
        };
        self.asked(request, &signed, store, secrets, request_id)
    }

    /// What checks the pieces of a body that is signed piece by piece, where signatures are required.
    ///
    /// # Errors
    /// AWS's, for a signature that can't be read.
    pub fn piece_signer(
        &self,
        request: &Request,
        store: &Store,
        secrets: &Secrets,
    ) -> Result<Option<PieceSigner>, ApiError> {
        if self.mode == Mode::Off {
            return Ok(None);
        }
        let Some(claim) = Claim::of(request)? else { return Ok(None) };
        let credentials = issued_to(&claim.scope.access_key_id, request, store, secrets)?;
        Ok(credentials.map(|credentials| PieceSigner::after(&claim, &credentials.secret)))
    }

    fn asked(
        &self,
        request: &Request,
        signed: &Signed,
        store: &Store,
        secrets: &Secrets,
        request_id: &str,
    ) -> Result<Asked, ApiError> {
        let issued = issued(request, signed, store, secrets)?;
        let is_followed_link = signed.may_be_unsigned && signed.key_id.is_none();
        if self.mode == Mode::Required && !is_followed_link {
            verify_claim(request, signed, issued.as_ref())?;
        }
        let named = signed.key_id.as_deref().filter(|key_id| is_account_id(key_id));
        let caller = match issued {
            Some(credentials) => credentials.caller,
            None if is_followed_link && self.mode == Mode::Required => Caller::anonymous(DEFAULT_ACCOUNT),
            None => Caller::root(named.unwrap_or(DEFAULT_ACCOUNT)),
        };
        Ok(Asked {
            scope: Scope { account: caller.account.clone(), region: signed.region.as_str().into() },
            caller,
            request_id: request_id.into(),
            base_url: self.base_url(request).into(),
        })
    }

    /// The scheme and authority under which the client reached us.
    fn base_url(&self, request: &Request) -> String {
        match request.header("host") {
            // The prefix of an operation is no part of the server's name.
            Some(host) => format!("{}://{}", self.scheme, host.strip_prefix("sync-").unwrap_or(host)),
            None => self.base_url.clone(),
        }
    }
}

fn verify_claim(request: &Request, signed: &Signed, issued: Option<&Credentials>) -> Result<(), ApiError> {
    let claim = Claim::of(request)?.ok_or(AuthFailure::Missing)?;
    let now_ms = clock::wall_ms();
    let key = match issued {
        None => KeyLookup::Unknown,
        Some(credentials) if credentials.expires_ms.is_some_and(|expires| expires <= now_ms) => {
            KeyLookup::Expired
        }
        Some(credentials) => KeyLookup::Known {
            secret: &credentials.secret,
            session_token: credentials.session_token.as_deref(),
        },
    };
    let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
    Ok(verify(request, &claim, key, signed.service, now_ms)?)
}

/// What the access key of a request proves, if it is one that was issued here.
fn issued(
    request: &Request,
    signed: &Signed,
    store: &Store,
    secrets: &Secrets,
) -> Result<Option<Credentials>, ApiError> {
    match &signed.key_id {
        Some(key_id) => issued_to(key_id, request, store, secrets),
        None => Ok(None),
    }
}

fn issued_to(
    key_id: &str,
    request: &Request,
    store: &Store,
    secrets: &Secrets,
) -> Result<Option<Credentials>, ApiError> {
    // Keys that are never issued, such as `test`, are not worth a look into the store.
    if credentials::account_of(key_id).is_none() {
        return Ok(None);
    }
    let token = Claim::of(request).ok().flatten().and_then(|claim| claim.session_token);
    credentials::lookup(&store.snapshot(), secrets, key_id, token.as_deref()).map_err(|failure| {
        tracing::error!("access keys can't be read: {failure:?}");
        ApiError::internal_failure()
    })
}
