//! What clients know: what they asked for, what they were told, and what they can't be sure of.
//!
//! Checkers hold the rows against it. Nothing in here is read from the server.

use crate::ask::{Ask, StackVerb};
use crate::line::Told;
use std::collections::{BTreeMap, BTreeSet};

/// An execution that was asked for.
#[derive(Debug, Clone, Default)]
pub struct Started {
    pub input: String,
    /// The start date that clients were told; the first counts.
    pub told: Option<String>,
    pub was_stopped: bool,
}

/// A token as clients used it.
#[derive(Debug, Clone, Default)]
pub struct Token {
    /// The tags of answers that were accepted.
    pub accepted: Vec<String>,
    /// The tags of answers that were sent.
    pub sent: BTreeSet<String>,
}

/// What clients know.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By state machine and name.
    pub executions: BTreeMap<(String, String), Started>,
    /// Tags of messages whose sender was told that they are there: by queue or topic.
    pub acknowledged: BTreeMap<String, String>,
    pub published: BTreeMap<String, String>,
    pub tokens: BTreeMap<String, Token>,
    /// Ids of messages that someone asked to delete.
    pub deletes_asked: BTreeSet<String>,
    /// Ids of messages whose deletion was acknowledged.
    pub deleted: BTreeSet<String>,
    /// The client tokens of redrives that were asked for, by state machine and name.
    pub redrives_asked: BTreeMap<(String, String), BTreeSet<String>>,
    pub purges_asked: BTreeSet<String>,
    pub moves_asked: BTreeSet<String>,
    /// Stacks by name, and what was acknowledged of them last.
    pub stacks: BTreeMap<String, StackVerb>,
}

impl Ledger {
    /// Notes what is asked for, before anybody can know of it.
    pub fn asked(&mut self, ask: &Ask) {
        match ask {
            Ask::Start { machine, name, input } => {
                let key = (machine.clone(), name.clone());
                self.executions.entry(key).or_default().input.clone_from(input);
            }
            Ask::Stop { machine, name } => {
                self.executions.entry((machine.clone(), name.clone())).or_default().was_stopped = true;
            }
            Ask::Redrive { machine, name, token } => {
                let key = (machine.clone(), name.clone());
                self.redrives_asked.entry(key).or_default().insert(token.clone());
            }
            Ask::Succeed { token, tag } | Ask::Fail { token, tag } => {
                self.tokens.entry(token.clone()).or_default().sent.insert(tag.clone());
            }
            Ask::Delete { message, .. } => drop(self.deletes_asked.insert(message.clone())),
            Ask::Purge { queue } => drop(self.purges_asked.insert(queue.clone())),
            Ask::Move { queue, .. } => drop(self.moves_asked.insert(queue.clone())),
            _ => {}
        }
    }

    /// Notes what a client was told.
    pub fn told(&mut self, ask: &Ask, told: &Told) {
        let Ok(answer) = told else { return };
        match ask {
            Ask::Start { machine, name, .. } => {
                let started = self.executions.entry((machine.clone(), name.clone())).or_default();
                started.told.get_or_insert_with(|| answer["startDate"].to_string());
            }
            Ask::Succeed { token, tag } | Ask::Fail { token, tag } => {
                self.tokens.entry(token.clone()).or_default().accepted.push(tag.clone());
            }
            Ask::Send { queue, entry } => drop(self.acknowledged.insert(entry.tag.clone(), queue.clone())),
            Ask::SendBatch { queue, entries } => {
                let successful = answer["Successful"].as_array().into_iter().flatten();
                for entry in successful.filter_map(|entry| entry["Id"].as_str()?.strip_prefix('e')) {
                    let entry = entry.parse::<usize>().ok().and_then(|index| entries.get(index));
                    self.acknowledged.extend(entry.map(|entry| (entry.tag.clone(), queue.clone())));
                }
            }
            Ask::Delete { message, .. } => drop(self.deleted.insert(message.clone())),
            Ask::Publish { topic, tag } => drop(self.published.insert(tag.clone(), topic.clone())),
            Ask::Stack { verb, name, .. } => drop(self.stacks.insert(name.clone(), *verb)),
            _ => {}
        }
    }
}
