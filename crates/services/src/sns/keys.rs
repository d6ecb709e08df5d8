//! The rows of SNS. A topic has a number of its own, so one that is made anew under an old name begins without subscribers.

use crate::keys::{Family, Key, Scope};

/// `account, region, name` → [`super::model::Topic`]; lives as long as the topic.
pub fn topic(scope: &Scope, name: &str) -> Key {
    Key::new(Family::Topic).scope(scope).text(name)
}

/// All topics of an account in a region, by name.
pub fn topics(scope: &Scope) -> Key {
    Key::new(Family::Topic).scope(scope)
}

/// `topic, id` → [`super::model::Subscription`]; the id is the last part of its ARN.
pub fn subscription(topic: u64, id: &str) -> Key {
    Key::new(Family::Subscription).number(topic).text(id)
}

/// All subscriptions of a topic, in the order in which it is fanned out.
pub fn subscriptions(topic: u64) -> Key {
    Key::new(Family::Subscription).number(topic)
}

/// `topic, protocol, endpoint` → the subscription's id: who subscribes twice has one subscription.
pub fn endpoint(topic: u64, protocol: &str, endpoint: &str) -> Key {
    Key::new(Family::SubscriptionByEndpoint).number(topic).text(protocol).text(endpoint)
}

/// All endpoints of a topic.
pub fn endpoints(topic: u64) -> Key {
    Key::new(Family::SubscriptionByEndpoint).number(topic)
}

/// `delivery` → [`crate::effect::PostNotification`]: a notification that waits for its next try.
pub fn delivery(delivery: u64) -> Key {
    Key::new(Family::Delivery).number(delivery)
}

/// `publication` → [`super::model::Publication`]: a message that has more subscribers than one turn serves; until the last.
pub fn publication(publication: u64) -> Key {
    Key::new(Family::Publication).number(publication)
}
