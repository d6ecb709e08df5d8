//! Access keys: the lasting ones, which are rows, and the temporary ones, which are none.
//!
//! A session token holds everything about its session, authenticated with a key of this installation, and the secret
//! is derived from it. So opening a session writes nothing, it survives a restart, and it ends when its time is over or
//! its role is gone.

use crate::context::{Caller, Context};
use crate::failure::Failure;
use crate::iam::model::{Role, User};
use crate::iam::session::Session;
use crate::iam::{ids, keys};
use crate::rows::{Rows, RowsExt};
use crate::secrets::{Purpose, Secrets};
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::{Decode, Encode};
use std::sync::Arc;

/// Characters of a secret that lasts.
const SECRET_LENGTH: usize = 40;
const SECRET_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// An access key that lasts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AccessKey {
    #[n(0)]
    pub account: String,
    /// Its user's name; the root's has none.
    #[n(1)]
    pub user: Option<String>,
    #[n(2)]
    pub secret: String,
    #[n(3)]
    pub created_ms: u64,
    #[n(4)]
    pub is_active: bool,
}

/// An access key as its owner is told it, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// What an access key proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub secret: String,
    /// Has to come with every request.
    pub session_token: Option<String>,
    pub caller: Caller,
    /// When they end, in wall time.
    pub expires_ms: Option<u64>,
}

/// Temporary credentials as their holder is told them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCredentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    /// In wall time.
    pub expires_ms: u64,
}

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Holder {
    /// A role, by name and id: one that was made anew isn't the same.
    #[n(0)]
    Role {
        #[n(0)]
        name: String,
        #[n(1)]
        id: String,
        #[n(2)]
        session_name: String,
    },
    /// The root of the account.
    #[n(1)]
    Root,
    /// A user, by name and id.
    #[n(2)]
    User {
        #[n(0)]
        name: String,
        #[n(1)]
        id: String,
    },
    /// Someone whom a user vouches for.
    #[n(3)]
    Federated {
        #[n(0)]
        name: String,
    },
}

/// What a session token holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Token {
    #[n(0)]
    access_key_id: String,
    #[n(1)]
    account: String,
    #[n(2)]
    holder: Holder,
    #[n(3)]
    issued_ms: u64,
    #[n(4)]
    expires_ms: u64,
    /// So that no two sessions have the same secret.
    #[cbor(n(5), with = "minicbor::bytes")]
    nonce: [u8; 16],
    #[n(6)]
    session: Session,
}

/// The account that an access key belongs to, which its id tells.
#[must_use]
pub fn account_of(access_key_id: &str) -> Option<String> {
    ids::account_of(access_key_id)
}

/// What an access key proves that came with this session token; `None` if it isn't one of ours, doesn't go with the
/// token, or its holder is gone. Whether its time is over is for who asks: the token tells until when.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn lookup(
    rows: &(impl Rows + ?Sized),
    secrets: &Secrets,
    access_key_id: &str,
    session_token: Option<&str>,
) -> Result<Option<Credentials>, Failure> {
    match session_token.filter(|token| !token.is_empty()) {
        Some(token) => temporary(rows, secrets, access_key_id, token),
        None => lasting(rows, access_key_id),
    }
}

fn lasting(rows: &(impl Rows + ?Sized), access_key_id: &str) -> Result<Option<Credentials>, Failure> {
    let key = rows.row::<AccessKey>(&keys::access_key(access_key_id))?;
    let Some(key) = key.filter(|key| key.is_active) else { return Ok(None) };
    let caller = match &key.user {
        None => Caller::root(&key.account),
        Some(name) => {
            let Some(user) = User::find(&key.account, name, rows)? else { return Ok(None) };
            user_caller(&user)
        }
    };
    Ok(Some(Credentials { secret: key.secret, session_token: None, caller, expires_ms: None }))
}

fn temporary(
    rows: &(impl Rows + ?Sized),
    secrets: &Secrets,
    access_key_id: &str,
    session_token: &str,
) -> Result<Option<Credentials>, Failure> {
    let Some(sealed) = STANDARD.decode(session_token).ok() else { return Ok(None) };
    let Some(bytes) = secrets.open(Purpose::SessionToken, &sealed) else { return Ok(None) };
    let token: Token = minicbor::decode(bytes)
        .map_err(|error| Failure::broken(format!("a session token that can't be read: {error}")))?;
    if token.access_key_id != access_key_id {
        return Ok(None);
    }
    let secret = secret(secrets, bytes);
    let expires_ms = Some(token.expires_ms);
    let Some(caller) = caller(rows, token)? else { return Ok(None) };
    let session_token = Some(session_token.to_owned());
    Ok(Some(Credentials { secret, session_token, caller, expires_ms }))
}

/// The caller that a token stands for, if its holder is still there.
fn caller(rows: &(impl Rows + ?Sized), token: Token) -> Result<Option<Caller>, Failure> {
    let account = token.account.as_str();
    let caller = match &token.holder {
        Holder::Root => Caller::root(account),
        Holder::Federated { name } => Caller {
            account: account.into(),
            arn: format!("arn:aws:sts::{account}:federated-user/{name}").into(),
            user_id: format!("{account}:{name}").into(),
            session: None,
        },
        Holder::Role { name, id, session_name } => {
            let role = Role::find(account, name, rows)?.filter(|role| role.id == *id);
            let Some(role) = role else { return Ok(None) };
            role_caller(&role, session_name, Session::default())
        }
        Holder::User { name, id } => {
            let user = User::find(account, name, rows)?.filter(|user| user.id == *id);
            let Some(user) = user else { return Ok(None) };
            user_caller(&user)
        }
    };
    Ok(Some(Caller { session: Some(Arc::new(token.session)), ..caller }))
}

/// The caller that a user is.
fn user_caller(user: &User) -> Caller {
    Caller {
        account: user.account.as_str().into(),
        arn: user.arn().into(),
        user_id: user.id.as_str().into(),
        session: None,
    }
}

/// The caller that someone is who has assumed a role.
#[must_use]
pub fn role_caller(role: &Role, session_name: &str, session: Session) -> Caller {
    Caller {
        account: role.account.as_str().into(),
        arn: format!("arn:aws:sts::{}:assumed-role/{}/{session_name}", role.account, role.name).into(),
        user_id: format!("{}:{session_name}", role.id).into(),
        session: Some(Arc::new(Session { issuer_arn: role.arn(), ..session })),
    }
}

/// Opens a session of `holder`, which ends after `duration_s` seconds of wall time.
pub fn mint(
    account: &str,
    holder: Holder,
    duration_s: u64,
    session: Session,
    context: &mut Context,
) -> SessionCredentials {
    let token = Token {
        access_key_id: ids::access_key_id("ASIA", account, &mut context.entropy),
        account: account.to_owned(),
        holder,
        issued_ms: context.wall_ms,
        expires_ms: context.wall_ms + duration_s * 1000,
        nonce: context.entropy.bytes(),
        session,
    };
    // INVARIANT: writing to a vector can't fail, and the token's encoder has no errors of its own.
    let bytes = minicbor::to_vec(&token).expect("a vector takes all bytes");
    SessionCredentials {
        secret_access_key: secret(context.secrets, &bytes),
        session_token: STANDARD.encode(context.secrets.seal(Purpose::SessionToken, &bytes)),
        access_key_id: token.access_key_id,
        expires_ms: token.expires_ms,
    }
}

/// The secret of a session, which only who has the installation's key can derive from its token.
fn secret(secrets: &Secrets, token: &[u8]) -> String {
    let half = |number: u8| secrets.tag(Purpose::SessionSecret, &[&[number], token].concat());
    let bytes = [half(0), half(1)].concat();
    // Thirty bytes are forty characters, as AWS's secrets have.
    STANDARD.encode(&bytes[..30])
}

/// The root key of the account, made if there is none.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn create_root_key(tx: &mut Tx, context: &mut Context) -> Result<NewKey, Failure> {
    let account = context.account().to_owned();
    let place = keys::root_key(&account);
    if let Some(access_key_id) = tx.row::<String>(&place)?
        && let Some(key) = tx.row::<AccessKey>(&keys::access_key(&access_key_id))?
    {
        return Ok(NewKey { access_key_id, secret_access_key: key.secret });
    }
    let (new, key) = new_key(account, None, context);
    tx.put(&place, &new.access_key_id);
    tx.put(&keys::access_key(&new.access_key_id), &key);
    Ok(new)
}

/// The server's own command at its start: no route reaches it.
#[derive(Debug, serde::Deserialize)]
pub struct CreateRootKey {}

/// What the operator is told of the root key.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct RootKey {
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl crate::operation::Command for CreateRootKey {
    const NAME: &'static str = "CreateRootKey";
    type Output = RootKey;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<RootKey, Failure> {
        let NewKey { access_key_id, secret_access_key } = create_root_key(tx, context)?;
        Ok(RootKey { access_key_id, secret_access_key })
    }
}

/// A key that lasts, not yet written.
pub fn new_key(account: String, user: Option<String>, context: &mut Context) -> (NewKey, AccessKey) {
    let access_key_id = ids::access_key_id("AKIA", &account, &mut context.entropy);
    let secret = context.entropy.text(SECRET_ALPHABET, SECRET_LENGTH);
    let key =
        AccessKey { account, user, secret: secret.clone(), created_ms: context.now_ms, is_active: true };
    (NewKey { access_key_id, secret_access_key: secret }, key)
}

#[cfg(test)]
mod tests;
