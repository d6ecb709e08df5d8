//! One message to one subscriber: in the same commit to a queue or a function, after it to a web endpoint.
//!
//! What can't be delivered goes to the subscription's dead-letter queue, if it has one, and is dropped otherwise.

use crate::calls::{self, QueueMessage, QueueMessageAttribute};
use crate::context::{Caller, Context};
use crate::effect::{Effect, EffectResult, PostNotification};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::RowsExt;
use crate::sns::arn::SubscriptionArn;
use crate::sns::delivery_policy::DeliveryPolicy;
use crate::sns::envelope::{self, Envelope, Kind};
use crate::sns::filter::Body;
use crate::sns::keys;
use crate::sns::model::{MessageAttributeValue, Notification, Subscription, Topic};
use crate::timer::Timer;
use crate::tx::Tx;
use std::collections::BTreeMap;

/// The bodies of a message that filters asked for, by protocol.
pub type Bodies = BTreeMap<String, Body>;

/// Delivers a message to a subscriber who wants it. Gives about how many bytes were looked at and written.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn deliver(
    topic: &Topic,
    subscription: &Subscription,
    notification: &Notification,
    bodies: &mut Bodies,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<usize, Failure> {
    let message = notification.message.over(&subscription.protocol);
    let filter_bytes = subscription.attributes.get("FilterPolicy").map_or(0, String::len);
    if subscription.is_pending || !wants(subscription, notification, message, bodies)? {
        return Ok(filter_bytes);
    }
    let envelope = Envelope {
        kind: Kind::Notification,
        message_id: &notification.message_id,
        topic,
        subscription,
        subject: notification.subject.as_deref(),
        message,
        sent_ms: notification.published_ms,
        sequence_number: notification.sequence_number.as_deref(),
        signature_version: &notification.signature_version,
        attributes: Some(&notification.attributes),
    };
    let bytes = match subscription.protocol.as_str() {
        "sqs" => to_queue(&envelope, notification, tx, context)?,
        "lambda" => to_function(&envelope, notification, tx, context)?,
        "http" | "https" => to_endpoint(&envelope, tx, context),
        // Nobody carries e-mail and text messages here.
        _ => 0,
    };
    Ok(filter_bytes + bytes)
}

fn wants(
    subscription: &Subscription,
    notification: &Notification,
    message: &str,
    bodies: &mut Bodies,
) -> Result<bool, Failure> {
    Ok(match subscription.filter()? {
        None => true,
        Some(policy) if subscription.filters_bodies() => {
            let body = bodies.entry(subscription.protocol.clone()).or_insert_with(|| Body::read(message));
            policy.matches_body(body)
        }
        Some(policy) => policy.matches_attributes(&notification.attributes),
    })
}

fn to_queue(
    envelope: &Envelope,
    notification: &Notification,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<usize, Failure> {
    let message = queue_message(envelope, notification, &envelope.subscription.endpoint, context);
    let bytes = message.body.len();
    if !send(&envelope.subscription.endpoint, message, tx, context)? {
        dead_letter(envelope.subscription, tx, context, |arn, context| {
            queue_message(envelope, notification, arn, context)
        })?;
    }
    Ok(bytes)
}

/// The message as the queue of this ARN gets it.
fn queue_message(
    envelope: &Envelope,
    notification: &Notification,
    queue_arn: &str,
    context: &Context,
) -> QueueMessage {
    let is_raw = envelope.subscription.is_raw();
    let body = if is_raw { envelope.message.to_owned() } else { envelope.json(context.secrets) };
    let attributes = if is_raw { notification.attributes.clone() } else { BTreeMap::new() };
    // What a FIFO topic says of the order is lost on a queue that keeps none; a standard topic's group is passed on.
    let keeps_order = queue_arn.ends_with(".fifo") || !envelope.topic.is_fifo();
    QueueMessage {
        body,
        attributes: attributes.into_iter().map(|(name, value)| (name, of_queue(value))).collect(),
        group_id: notification.group_id.clone().filter(|_| keeps_order),
        deduplication_id: notification.deduplication_id.clone().filter(|_| keeps_order),
    }
}

fn of_queue(value: MessageAttributeValue) -> QueueMessageAttribute {
    let MessageAttributeValue { data_type, string_value, binary_value } = value;
    QueueMessageAttribute { data_type, string_value, binary_value }
}

fn to_function(
    envelope: &Envelope,
    notification: &Notification,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<usize, Failure> {
    let event = envelope.event(context.secrets);
    let bytes = event.len();
    let arn = &envelope.subscription.endpoint;
    let invoked = as_topic(arn, context, |context| calls::send_event(arn, event, tx, context))?;
    if !invoked {
        dead_letter(envelope.subscription, tx, context, |arn, context| {
            queue_message(envelope, notification, arn, context)
        })?;
    }
    Ok(bytes)
}

fn to_endpoint(envelope: &Envelope, tx: &mut Tx, context: &Context) -> usize {
    let is_raw = envelope.subscription.is_raw();
    let body = if is_raw { envelope.message.to_owned() } else { envelope.json(context.secrets) };
    let bytes = body.len();
    tx.owe(Effect::Post(PostNotification {
        url: envelope.subscription.endpoint.clone(),
        headers: envelope::headers(envelope, is_raw),
        body,
        subscription_arn: envelope.subscription.arn(),
        failures: 0,
    }));
    bytes
}

/// Sends to a queue; false if it isn't there or doesn't take the message.
fn send(arn: &str, message: QueueMessage, tx: &mut Tx, context: &mut Context) -> Result<bool, Failure> {
    match as_topic(arn, context, |context| calls::send_notification(arn, message, tx, context)) {
        Ok(sent) => Ok(sent.is_some()),
        Err(Failure::Refused(error)) => {
            tracing::debug!(queue = arn, "a notification was not taken: {error}");
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}

/// Acts as SNS does in the account of whom it delivers to.
fn as_topic<T>(arn: &str, context: &mut Context, work: impl FnOnce(&mut Context) -> T) -> T {
    let mut parts = arn.split(':').skip(3);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    // The user id is the one that SNS has on AWS: consumers see it as `SenderId`.
    let sns = Caller {
        account: account.into(),
        arn: "sns.amazonaws.com".into(),
        user_id: "AIDAIT2UOQQY3AUEKVGXU".into(),
        session: None,
    };
    context.acting_as(sns, Scope::new(account, region), work)
}

fn dead_letter(
    subscription: &Subscription,
    tx: &mut Tx,
    context: &mut Context,
    message: impl FnOnce(&str, &Context) -> QueueMessage,
) -> Result<(), Failure> {
    let is_kept = match subscription.dead_letter_queue_arn() {
        Some(arn) => {
            let message = message(&arn, context);
            send(&arn, message, tx, context)?
        }
        None => false,
    };
    if !is_kept {
        tracing::debug!(subscription = subscription.arn(), "a notification was dropped");
    }
    Ok(())
}

/// Takes in what a web endpoint answered: done, given up, or to be tried again later.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn posted(
    mut post: PostNotification,
    result: &EffectResult,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let EffectResult::Posted(answer) = result else {
        return Err(Failure::broken(format!("a post that ended as {result:?}")));
    };
    if matches!(answer, Ok(200..=299)) {
        return Ok(());
    }
    let arn = SubscriptionArn::parse(Some(&post.subscription_arn))?;
    let topic: Option<Topic> = tx.row(&keys::topic(&arn.topic.scope, &arn.topic.name))?;
    let Some(topic) = topic else { return Ok(()) };
    let subscription: Option<Subscription> = tx.row(&keys::subscription(topic.id, &arn.id))?;
    let Some(subscription) = subscription else { return Ok(()) };
    post.failures += 1;
    let is_permanent = matches!(answer, Ok(status @ 400..=499) if *status != 429);
    let delay_ms = policy(&topic, &subscription).delay_ms(post.failures).filter(|_| !is_permanent);
    if let Some(delay_ms) = delay_ms {
        let delivery = tx.next_sequence();
        tx.put(&keys::delivery(delivery), &post);
        tx.arm(context.now_ms + delay_ms, &Timer::Delivery(delivery));
        return Ok(());
    }
    if subscription.is_pending {
        return Ok(());
    }
    dead_letter(&subscription, tx, context, |_, _| QueueMessage {
        body: post.body,
        attributes: BTreeMap::new(),
        group_id: None,
        deduplication_id: None,
    })
}

/// A delivery's next try is due.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn try_again(delivery: u64, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::delivery(delivery);
    if let Some(post) = tx.row::<PostNotification>(&key)? {
        tx.remove(&key);
        tx.owe(Effect::Post(post));
    }
    Ok(())
}

/// The retries of a subscription: its own, or its topic's, or AWS's.
fn policy(topic: &Topic, subscription: &Subscription) -> DeliveryPolicy {
    let own = subscription.attributes.get("DeliveryPolicy").map(|text| DeliveryPolicy::of_subscription(text));
    let topics = || topic.attributes.get("DeliveryPolicy").map(|text| DeliveryPolicy::of_topic(text));
    own.or_else(topics).and_then(Result::ok).unwrap_or_default()
}
