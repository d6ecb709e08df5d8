//! What the rows of SNS owe one another: subscriptions and their endpoints, deliveries and their timers, publications and
//! their fan-out.

use crate::check::{Check, Tally};
use crate::effect::PostNotification;
use crate::failure::Failure;
use crate::keys::{Family, KeyReader};
use crate::row;
use crate::sns::keys;
use crate::sns::model::{Publication, Subscription, Topic};
use stepwell_store::Slice;

/// What is compared at the end: a delivery doesn't say when it is due.
#[derive(Default)]
pub struct Checker {
    /// Deliveries and their timers.
    deliveries: Tally,
}

impl Checker {
    /// Looks at a row.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it can't be read.
    pub fn row(
        &mut self,
        family: Family,
        key: &[u8],
        value: &Slice,
        check: &mut Check,
    ) -> Result<(), Failure> {
        let mut parts = KeyReader::new(key, family)?;
        match family {
            Family::Topic => {
                let topic: Topic = row::decode(value)?;
                check.expect_at(&keys::topic(&topic.scope(), &topic.name), key);
                Ok(())
            }
            Family::Subscription => subscription(key, parts.number()?, &row::decode(value)?, check),
            Family::SubscriptionByEndpoint => {
                let (topic, protocol, endpoint) = (parts.number()?, parts.text()?, parts.text()?);
                by_endpoint(key, topic, &protocol, &endpoint, &row::decode::<String>(value)?, check)
            }
            Family::Delivery => {
                self.deliveries.left(parts.number()?);
                row::decode::<PostNotification>(value).map(drop)
            }
            Family::Publication => {
                row::decode::<Publication>(value)?;
                let is_owed = check.known.publications.contains(&parts.number()?);
                check.expect(is_owed, key, || "its fan-out isn't owed".to_owned());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A timer of a delivery.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the store can't be read.
    pub fn due(&mut self, key: &[u8], delivery: u64, check: &mut Check) -> Result<(), Failure> {
        self.deliveries.right(delivery);
        let is_there = check.has(&keys::delivery(delivery))?;
        check.expect(is_there, key, || "its delivery isn't there".to_owned());
        Ok(())
    }

    /// Says what doesn't fit together.
    pub fn finish(&self, check: &mut Check) {
        if let Some((deliveries, timers)) = self.deliveries.difference() {
            let what = format!("{deliveries} deliveries wait and {timers} timers, which aren't of the same");
            check.wrong(crate::keys::Key::new(Family::Delivery).as_bytes(), what);
        }
    }
}

fn subscription(
    key: &[u8],
    topic: u64,
    subscription: &Subscription,
    check: &mut Check,
) -> Result<(), Failure> {
    check.expect_at(&keys::subscription(topic, &subscription.id), key);
    check.expect_owner(Family::Topic, topic, key);
    if check.known.is_going(Family::Topic, topic) {
        return Ok(());
    }
    let endpoint = keys::endpoint(topic, &subscription.protocol, &subscription.endpoint);
    let id: Option<String> = check.row(&endpoint)?;
    check.expect(id.as_ref() == Some(&subscription.id), key, || {
        format!("its endpoint is that of subscription {id:?}")
    });
    subscription.filter()?;
    Ok(())
}

fn by_endpoint(
    key: &[u8],
    topic: u64,
    protocol: &str,
    endpoint: &str,
    id: &str,
    check: &mut Check,
) -> Result<(), Failure> {
    check.expect_owner(Family::Topic, topic, key);
    if check.known.is_going(Family::Topic, topic) {
        return Ok(());
    }
    let found: Option<Subscription> = check.row(&keys::subscription(topic, id))?;
    let is_same = found.is_some_and(|found| found.protocol == protocol && found.endpoint == endpoint);
    check.expect(is_same, key, || format!("subscription `{id}` isn't there, or has another endpoint"));
    Ok(())
}

/// A fan-out that is owed.
///
/// # Errors
/// [`Failure::Broken`] if the store can't be read.
pub fn fanned_out(key: &[u8], publication: u64, check: &mut Check) -> Result<(), Failure> {
    let is_there = check.has(&keys::publication(publication))?;
    check.expect(is_there, key, || format!("publication {publication} isn't there"));
    Ok(())
}
