//! The handshake with a web endpoint: a sealed token goes there, and who gives it back has confirmed the subscription.

use crate::context::Context;
use crate::effect::{Effect, PostNotification};
use crate::failure::Failure;
use crate::rows::RowsExt;
use crate::secrets::{Purpose, Secrets};
use crate::sns::envelope::{self, Envelope, Kind};
use crate::sns::model::{Subscription, Topic};
use crate::sns::{keys, unsubscribe};
use crate::timer::Timer;
use crate::tx::Tx;

/// A token can be given back for two days; then the subscription is forgotten.
const LIFETIME_MS: u64 = 2 * 24 * 60 * 60 * 1000;

/// Digits that a token has at least: two numbers and a tag.
const SHORTEST: usize = 64;

/// Asks the endpoint of a pending subscription to confirm it.
pub fn ask(topic: &Topic, subscription: &Subscription, tx: &mut Tx, context: &mut Context) {
    let expires_ms = context.now_ms + LIFETIME_MS;
    tx.arm(expires_ms, &Timer::PendingSubscription(topic.id, subscription.id.clone()));
    if !subscription.protocol.starts_with("http") {
        return;
    }
    let token = token(topic.id, &subscription.id, expires_ms, context.secrets);
    let message_id = context.entropy.uuid();
    let text = format!(
        "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL included in this message.",
        subscription.topic_arn
    );
    let envelope = Envelope {
        kind: Kind::SubscriptionConfirmation { token: &token },
        message_id: &message_id,
        topic,
        subscription,
        subject: None,
        message: &text,
        sent_ms: context.now_ms,
        sequence_number: None,
        signature_version: topic.signature_version(),
        attributes: None,
    };
    tx.owe(Effect::Post(PostNotification {
        url: subscription.endpoint.clone(),
        headers: envelope::headers(&envelope, false),
        body: envelope.json(context.secrets),
        subscription_arn: subscription.arn(),
        failures: 0,
    }));
}

/// The token of a subscription: its topic, when it expires, its id, sealed.
fn token(topic: u64, id: &str, expires_ms: u64, secrets: &Secrets) -> String {
    let message = [topic.to_be_bytes().as_slice(), &expires_ms.to_be_bytes(), id.as_bytes()].concat();
    let sealed = secrets.seal(Purpose::SubscriptionToken, &message);
    sealed.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a text looks like a token at all.
pub fn is_token(text: &str) -> bool {
    text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The topic and the subscription of a token that is still good.
pub fn read(token: &str, context: &Context) -> Option<(u64, String)> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = token.as_bytes().as_chunks::<2>() else { return None };
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    let bytes = bytes?;
    let message = context.secrets.open(Purpose::SubscriptionToken, &bytes)?;
    let (topic, rest) = message.split_first_chunk::<8>()?;
    let (expires_ms, id) = rest.split_first_chunk::<8>()?;
    let is_good = u64::from_be_bytes(*expires_ms) > context.now_ms;
    let id = String::from_utf8(id.to_vec()).ok()?;
    is_good.then_some((u64::from_be_bytes(*topic), id))
}

/// The time to confirm is over: a subscription that is still pending is forgotten.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn expire(topic: u64, id: &str, tx: &mut Tx) -> Result<(), Failure> {
    let subscription: Option<Subscription> = tx.row(&keys::subscription(topic, id))?;
    if let Some(subscription) = subscription.filter(|subscription| subscription.is_pending) {
        unsubscribe::forget(topic, &subscription, tx);
    }
    Ok(())
}
