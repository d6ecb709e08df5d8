//! Inline Map states of thousands of items: those of ten thousand end when their history is full, as AWS's do.

use super::Done;
use super::pass_loop::Runner;
use super::stop::Stop;
use crate::site::SettingUp;
use crate::trouble::Trouble;
use serde_json::json;
use std::net::SocketAddr;
use std::rc::Rc;

/// How many executions run at a time.
const MAPS: usize = 8;

pub struct Map {
    address: SocketAddr,
    machine: String,
    items: usize,
}

impl Map {
    /// # Errors
    /// What the server refused.
    pub async fn prepare(set_up: &mut SettingUp, items: usize) -> Result<Self, Trouble> {
        let definition = json!({
            "StartAt": "Each",
            "States": {
                "Each": {
                    "Type": "Map",
                    "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}},
                    "End": true
                }
            }
        });
        let machine = set_up.plain_machine("map", &definition).await?;
        Ok(Self { address: set_up.address(), machine, items })
    }

    /// # Errors
    /// What the server refused.
    pub async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        let input = format!("{:?}", vec![7; self.items]);
        let runner = Rc::new(Runner::new(self.address, self.machine, &input));
        let count = stop.crowd(MAPS, |_, counter| runner.clone().one_after_the_other(counter)).await?;
        Ok(vec![Done { what: "executions with a Map that ended", count }])
    }
}
