//! Web endpoints: the handshake, posts, retries, dead letters.

use super::*;
use crate::effect::{Effect, EffectResult, PostNotification};

const ENDPOINT: &str = "http://subscriber.example/hook";

/// The post that is owed and not performed yet.
fn owed(world: &World) -> (u64, PostNotification) {
    let [owed] = world.owed.as_slice() else { panic!("one post is owed: {:?}", world.owed) };
    let Effect::Post(post) = &owed.effect else { panic!("a post is owed: {:?}", owed.effect) };
    (owed.id, post.clone())
}

fn answer(world: &mut World, status: Result<u16, &str>) {
    let (id, _) = owed(world);
    world.complete(id, EffectResult::Posted(status.map_err(str::to_owned)));
}

fn header<'p>(post: &'p PostNotification, name: &str) -> Option<&'p str> {
    post.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
}

/// A topic with a web subscriber who was asked to confirm.
fn asked(attributes: Value) -> (World, String) {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    create_queue(&mut world, "dead");
    let arn = subscribe(&mut world, "t", "http", ENDPOINT, attributes).unwrap();
    (world, arn)
}

/// The token that was sent.
fn token(world: &World) -> String {
    let (_, post) = owed(world);
    let body: Value = serde_json::from_str(&post.body).unwrap();
    body["Token"].as_str().unwrap().to_owned()
}

fn confirm(world: &mut World, token: &str) -> Result<Value, ApiError> {
    world.call(input::<ConfirmSubscription>(json!({"TopicArn": topic_arn("t"), "Token": token})))
}

/// The same, confirmed.
fn confirmed(attributes: Value) -> (World, String) {
    let (mut world, arn) = asked(attributes);
    let token = token(&world);
    answer(&mut world, Ok(200));
    confirm(&mut world, &token).unwrap();
    (world, arn)
}

#[test]
fn an_endpoint_is_told_nothing_until_it_gives_the_token_back() {
    let (mut world, arn) = asked(json!({}));
    let (_, post) = owed(&world);
    assert_eq!(post.url, ENDPOINT);
    assert_eq!(header(&post, "x-amz-sns-message-type"), Some("SubscriptionConfirmation"));
    let body: Value = serde_json::from_str(&post.body).unwrap();
    let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "Type",
        "MessageId",
        "Token",
        "TopicArn",
        "Message",
        "SubscribeURL",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
    ];
    assert_eq!(names, expected);
    let token = token(&world);
    let link = format!(
        "http://localhost:4566/?Action=ConfirmSubscription&TopicArn={}&Token={token}",
        topic_arn("t")
    );
    assert_eq!(body["SubscribeURL"], link);
    answer(&mut world, Ok(200));
    publish(&mut world, "t", json!({"Message": "too early"})).unwrap();
    assert!(world.owed.is_empty());
    let listed = world.read(&input::<ListSubscriptionsByTopic>(json!({"TopicArn": topic_arn("t")}))).unwrap();
    assert_eq!(listed["Subscriptions"][0]["SubscriptionArn"], "PendingConfirmation");
    assert_eq!(confirm(&mut world, &token).unwrap(), json!({"SubscriptionArn": arn}));
    publish(&mut world, "t", json!({"Message": "now"})).unwrap();
    let (_, post) = owed(&world);
    assert_eq!(header(&post, "x-amz-sns-message-type"), Some("Notification"));
    assert_eq!(header(&post, "x-amz-sns-subscription-arn"), Some(arn.as_str()));
    assert_eq!(serde_json::from_str::<Value>(&post.body).unwrap()["Message"], "now");
}

#[test]
fn a_pending_subscription_shows_its_arn_only_if_asked() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    let request = json!({"TopicArn": topic_arn("t"), "Protocol": "http", "Endpoint": ENDPOINT});
    let answer = world.call(input::<Subscribe>(request)).unwrap();
    assert_eq!(answer, json!({"SubscriptionArn": "pending confirmation"}));
}

#[test]
fn a_token_that_was_made_up_or_is_too_old_confirms_nothing() {
    let (mut world, _) = asked(json!({}));
    let token = token(&world);
    let flipped = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { "1" } else { "0" });
    for wrong in [flipped.as_str(), &"51b2ff3e".repeat(8), &token[..64]] {
        let refused = confirm(&mut world, wrong).unwrap_err();
        assert_eq!(refused.message, "Invalid parameter: Token", "{wrong}");
    }
    for wrong in ["", "randomtoken", "€", "51b2ff3e", &"€".repeat(64)] {
        assert_eq!(confirm(&mut world, wrong).unwrap_err().message, "Invalid token", "{wrong}");
    }
    create_topic(&mut world, "other", json!({})).unwrap();
    let elsewhere = json!({"TopicArn": topic_arn("other"), "Token": token});
    assert!(world.call(input::<ConfirmSubscription>(elsewhere)).is_err());
    world.pass(2 * 24 * 60 * 60 * 1000);
    assert!(confirm(&mut world, &token).is_err());
    let listed = world.read(&input::<ListSubscriptionsByTopic>(json!({"TopicArn": topic_arn("t")}))).unwrap();
    assert_eq!(listed["Subscriptions"], json!([]), "who never confirmed is forgotten");
}

#[test]
fn a_confirmed_subscription_outlives_the_time_for_confirming() {
    let (mut world, arn) = confirmed(json!({}));
    world.pass(3 * 24 * 60 * 60 * 1000);
    let read = input::<GetSubscriptionAttributes>(json!({"SubscriptionArn": arn}));
    assert_eq!(world.read(&read).unwrap()["Attributes"]["PendingConfirmation"], "false");
}

#[test]
fn a_post_that_failed_is_tried_again_and_then_given_up() {
    let redrive = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
    let (mut world, _) = confirmed(json!({"RedrivePolicy": redrive}));
    publish(&mut world, "t", json!({"Message": "m"})).unwrap();
    for failure in [Ok(503), Err("connection refused"), Ok(429)] {
        answer(&mut world, failure);
        assert!(world.owed.is_empty());
        world.pass(19_999);
        assert!(world.owed.is_empty());
        world = world.restart();
        world.pass(1);
    }
    assert!(receive(&mut world, "dead").is_empty());
    answer(&mut world, Ok(500));
    assert_eq!(body(&receive(&mut world, "dead")[0])["Message"], "m");
    world.pass(3_600_000);
    assert!(world.owed.is_empty());
    assert_eq!(rows(&world, 0x23..=0x23), 0);
}

#[test]
fn an_endpoint_that_refuses_is_not_asked_again() {
    let redrive = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
    let (mut world, _) = confirmed(json!({"RedrivePolicy": redrive, "RawMessageDelivery": "true"}));
    publish(&mut world, "t", json!({"Message": "m"})).unwrap();
    let (_, post) = owed(&world);
    assert_eq!((post.body.as_str(), header(&post, "x-amz-sns-rawdelivery")), ("m", Some("true")));
    answer(&mut world, Ok(404));
    assert_eq!(receive(&mut world, "dead")[0]["Body"], "m");
    world.pass(60_000);
    assert!(world.owed.is_empty());
}

#[test]
fn who_unsubscribed_meanwhile_is_not_tried_again() {
    let (mut world, arn) = confirmed(json!({}));
    publish(&mut world, "t", json!({"Message": "m"})).unwrap();
    world.call(input::<Unsubscribe>(json!({"SubscriptionArn": arn}))).unwrap();
    answer(&mut world, Ok(503));
    world.pass(60_000);
    assert!(world.owed.is_empty());
}
