//! Clients: each has a profession, asks for one thing at a time, and gives up, asks again or makes mischief as people do.

use crate::ask::{Ask, Entry, StackVerb};
use crate::line::Told;
use crate::marks;
use crate::random::Random;
use crate::setting::{ACTIVITY, Setting};
use crate::stacks;
use std::collections::VecDeque;

/// Things that clients remember together: for those who do something twice.
const REMEMBERED: usize = 200;
/// A FIFO message is sent again within this time only, in stored ms: later it would be another message.
const SAME_MESSAGE_MS: u64 = 200_000;

/// A redrive is asked for again within this time only, in stored ms.
const SAME_REDRIVE_MS: u64 = 600_000;
/// How long a poll for a task of an activity may take.
pub const FETCH_MS: u64 = 60_000;

/// What a client does all day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profession {
    Starter,
    Worker {
        queue: String,
    },
    /// Does the tasks of an activity.
    ActivityWorker,
    Producer,
    Publisher,
    Invoker,
    Upkeep,
    Operator {
        stack: String,
    },
    Mischief,
    /// Stops what others started, and has it go on.
    Redriver,
}

/// A message that a client received.
#[derive(Debug, Clone)]
struct Held {
    queue: String,
    message: String,
    handle: String,
    token: Option<String>,
}

/// A client.
#[derive(Debug)]
pub struct Client {
    number: u64,
    profession: Profession,
    random: Random,
    held: VecDeque<Held>,
    /// The token of the task that it does for an activity.
    task: Option<String>,
    /// What it asked for and was not told of, and when.
    unsure: Option<(Ask, u64)>,
    asked: u64,
}

/// What clients tell each other.
#[derive(Debug, Default)]
pub struct Memory {
    asks: VecDeque<Ask>,
}

impl Memory {
    fn remember(&mut self, ask: Ask) {
        if self.asks.len() == REMEMBERED {
            self.asks.pop_front();
        }
        self.asks.push_back(ask);
    }
}

/// The clients of a world.
#[must_use]
pub fn crowd(setting: &Setting, crowd: u64, random: &mut Random) -> Vec<Client> {
    let mut professions: Vec<_> =
        setting.served.iter().map(|queue| Profession::Worker { queue: queue.clone() }).collect();
    professions
        .extend(["callbacks", "callbacks"].map(|queue| Profession::Worker { queue: queue.to_owned() }));
    professions.extend([Profession::ActivityWorker, Profession::ActivityWorker]);
    for index in 0..crowd {
        let stack = format!("stack-{index}");
        let busy = Profession::Worker { queue: "callbacks".to_owned() };
        let others =
            [Profession::Starter, Profession::Starter, busy, Profession::Producer, Profession::Producer];
        professions.extend(others);
        professions.extend([Profession::Publisher, Profession::Invoker, Profession::Mischief]);
        if index % 10 == 0 {
            professions.extend([Profession::Upkeep, Profession::Operator { stack }, Profession::Redriver]);
        }
    }
    let client = |(number, profession): (usize, Profession)| Client {
        number: number as u64,
        profession,
        random: random.fork(),
        held: VecDeque::new(),
        task: None,
        unsure: None,
        asked: 0,
    };
    professions.into_iter().enumerate().map(client).collect()
}

impl Client {
    /// How long until it does something again. When everything comes to rest nobody is in a hurry.
    pub fn pause_ms(&mut self, is_settling: bool) -> u64 {
        let mean_ms = match &self.profession {
            _ if !self.held.is_empty() => 1500,
            Profession::ActivityWorker if self.task.is_some() => 20_000,
            Profession::ActivityWorker => 10_000,
            Profession::Worker { queue } if queue == "callbacks" => 10_000,
            Profession::Worker { .. } => 40_000,
            Profession::Starter | Profession::Redriver => 60_000,
            Profession::Producer => 30_000,
            Profession::Publisher | Profession::Invoker | Profession::Mischief => 90_000,
            Profession::Upkeep => 300_000,
            Profession::Operator { .. } => 200_000,
        };
        let mean_ms = if is_settling && mean_ms > 1500 { mean_ms * 8 } else { mean_ms };
        self.random.pause(mean_ms)
    }

    /// Whether it goes on when nothing new is begun any more.
    #[must_use]
    pub fn works_off(&self) -> bool {
        matches!(self.profession, Profession::Worker { .. } | Profession::ActivityWorker)
    }

    /// What it asks for next.
    pub fn act(&mut self, setting: &Setting, memory: &Memory, stored_ms: u64) -> Option<Ask> {
        if let Some(again) = self.once_more(stored_ms) {
            return Some(again);
        }
        self.asked += 1;
        match self.profession.clone() {
            Profession::Starter => Some(self.start(setting)),
            Profession::Worker { queue } => Some(self.work(&queue)),
            Profession::ActivityWorker => Some(self.craft()),
            Profession::Producer => Some(self.send(setting)),
            Profession::Publisher => {
                let topic = self.random.pick(&setting.topics).clone();
                Some(Ask::Publish { topic, tag: self.tag("p") })
            }
            Profession::Invoker => Some(Ask::Invoke { function: "event".to_owned(), tag: self.tag("i") }),
            Profession::Upkeep => Some(self.keep_up(setting)),
            Profession::Operator { stack } => Some(self.operate(stack)),
            Profession::Mischief => self.repeat(memory),
            Profession::Redriver => self.redrive(memory),
        }
    }

    /// How long it waits for an answer, and whether it hangs up before it could come.
    pub fn patience_ms(&mut self, ask: &Ask) -> u64 {
        match ask {
            Ask::Receive { wait_s, .. } if self.random.percent(10) => {
                self.random.between(1, 1 + wait_s * 1000)
            }
            Ask::Receive { wait_s, .. } => wait_s * 1000 + 15_000,
            Ask::Fetch { .. } if self.random.percent(10) => self.random.between(1, FETCH_MS),
            Ask::Fetch { .. } => FETCH_MS + 15_000,
            _ => 15_000,
        }
    }

    /// It was told something, or gave up, or lost its connection.
    pub fn told(&mut self, ask: &Ask, told: Option<&Told>, stored_ms: u64, memory: &mut Memory) {
        match (ask, told) {
            (Ask::Receive { queue, .. }, Some(Ok(answer))) => {
                for message in answer["Messages"].as_array().into_iter().flatten() {
                    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
                    let token = marks::token(&text("Body")).map(str::to_owned);
                    let (queue, message, handle) = (queue.clone(), text("MessageId"), text("ReceiptHandle"));
                    self.held.push_back(Held { queue, message, handle, token });
                }
            }
            (Ask::Fetch { .. }, Some(Ok(answer))) => {
                self.task = answer["taskToken"].as_str().map(str::to_owned)
            }
            (Ask::Start { .. } | Ask::Redrive { .. } | Ask::Send { .. } | Ask::Stack { .. }, None)
                if self.unsure.is_none() =>
            {
                self.unsure = Some((ask.clone(), stored_ms));
            }
            _ => {}
        }
        if matches!(ask, Ask::Start { .. } | Ask::Succeed { .. } | Ask::Fail { .. } | Ask::Delete { .. }) {
            memory.remember(ask.clone());
        }
    }

    /// Asks again for what it isn't sure of, where that is the same request to the server.
    fn once_more(&mut self, stored_ms: u64) -> Option<Ask> {
        let (ask, since_ms) = self.unsure.take()?;
        let is_fifo = |entry: &Entry| entry.group.is_some();
        match &ask {
            Ask::Start { .. } | Ask::Stack { .. } => Some(ask),
            // Its token is remembered for a while only: later it would be another redrive.
            Ask::Redrive { .. } if stored_ms < since_ms + SAME_REDRIVE_MS => Some(ask),
            Ask::Send { entry, .. } if is_fifo(entry) && stored_ms < since_ms + SAME_MESSAGE_MS => Some(ask),
            _ => None,
        }
    }

    fn tag(&self, kind: &str) -> String {
        format!("{kind}{}-{}", self.number, self.asked)
    }

    fn start(&mut self, setting: &Setting) -> Ask {
        let machine = self.random.pick(&setting.machines).clone();
        let name = self.tag("x");
        if self.random.percent(8) && self.asked > 1 {
            return self.stop(machine);
        }
        let count = if machine == "loop" { self.random.between(0, 150) } else { self.random.below(10) };
        let wait_s = if self.random.percent(10) { self.random.below(30_000) } else { self.random.below(120) };
        let items: Vec<u64> = (0..self.random.below(12)).collect();
        let input = serde_json::json!({"n": count, "wait": wait_s.max(1), "items": items}).to_string();
        Ask::Start { machine, name, input }
    }

    /// Stops what it started before, or a child of it.
    fn stop(&mut self, machine: String) -> Ask {
        let name = format!("x{}-{}", self.number, self.asked - self.random.between(1, self.asked.min(4)));
        match self.random.below(3) {
            0 => Ask::Stop { machine: "child".to_owned(), name: format!("{name}-sync-0") },
            1 => Ask::Stop { machine: "parent".to_owned(), name },
            _ => Ask::Stop { machine, name },
        }
    }

    fn work(&mut self, queue: &str) -> Ask {
        let Some(held) = self.held.front_mut() else { return self.receive(queue) };
        let Held { queue, message, handle, token } = held.clone();
        if let Some(token) = token {
            let tag = format!("w{}-{}", self.number, self.asked);
            match self.random.below(100) {
                0..15 => return Ask::Beat { token },
                15..70 => {
                    held.token = None;
                    return Ask::Succeed { token, tag };
                }
                70..82 => {
                    held.token = None;
                    return Ask::Fail { token, tag };
                }
                // Its execution hears nothing from here.
                _ => held.token = None,
            }
        }
        match self.random.below(100) {
            0..12 => {
                let seconds = *self.random.pick(&[0, 0, 1, 20, 300]);
                self.held.pop_front();
                Ask::Hide { queue, handle, seconds }
            }
            // It comes back by itself.
            12..20 => {
                self.held.pop_front();
                self.receive(&queue)
            }
            _ => {
                self.held.pop_front();
                Ask::Delete { queue, handle, message }
            }
        }
    }

    /// Fetches a task, shows that it is alive, and ends it in one way or another; or forgets it.
    fn craft(&mut self) -> Ask {
        let fetch = Ask::Fetch { activity: ACTIVITY.to_owned(), worker: format!("worker-{}", self.number) };
        let Some(token) = self.task.take() else { return fetch };
        let tag = self.tag("a");
        match self.random.below(100) {
            0..25 => {
                self.task = Some(token.clone());
                Ask::Beat { token }
            }
            25..75 => Ask::Succeed { token, tag },
            75..90 => Ask::Fail { token, tag },
            _ => fetch,
        }
    }

    fn receive(&mut self, queue: &str) -> Ask {
        let wait_s = if self.random.percent(25) { 0 } else { self.random.between(1, 20) };
        let visibility_s = self.random.percent(30).then(|| *self.random.pick(&[0, 1, 2, 5, 60]));
        Ask::Receive { queue: queue.to_owned(), wait_s, visibility_s, most: self.random.between(1, 10) }
    }

    fn send(&mut self, setting: &Setting) -> Ask {
        let queues = if self.random.percent(40) { &setting.fifo } else { &setting.work };
        let queue = self.random.pick(queues).clone();
        if self.random.percent(30) {
            let count = self.random.between(1, 10);
            let entries = (0..count).map(|index| self.entry(&queue, &format!("-{index}"))).collect();
            return Ask::SendBatch { queue, entries };
        }
        let entry = self.entry(&queue, "");
        Ask::Send { queue, entry }
    }

    fn entry(&mut self, queue: &str, which: &str) -> Entry {
        let tag = format!("{}{which}", self.tag("m"));
        if queue.ends_with(".fifo") {
            let group = Some(format!("g{}", self.random.below(3)));
            return Entry { tag, group, delay_s: 0 };
        }
        let delay_s = if self.random.percent(25) { self.random.between(1, 30) } else { 0 };
        Entry { tag, group: None, delay_s }
    }

    fn keep_up(&mut self, setting: &Setting) -> Ask {
        let per_second = self.random.percent(50).then(|| self.random.between(1, 20));
        match self.random.below(10) {
            0 => Ask::Purge { queue: self.random.pick(&setting.work).clone() },
            1..4 => Ask::Move { queue: "batch-dead".to_owned(), per_second },
            _ => Ask::Move { queue: "dead".to_owned(), per_second },
        }
    }

    fn operate(&mut self, name: String) -> Ask {
        let (verb, template) = match self.random.below(10) {
            0..4 => (StackVerb::Create, stacks::template(&mut self.random)),
            4..8 => (StackVerb::Update, stacks::template(&mut self.random)),
            _ => (StackVerb::Delete, String::new()),
        };
        Ask::Stack { verb, name, template }
    }

    /// Stops an execution that someone started, or has it go on after it ended.
    fn redrive(&mut self, memory: &Memory) -> Option<Ask> {
        let starts = memory.asks.iter().filter_map(|ask| match ask {
            Ask::Start { machine, name, .. } => Some((machine.clone(), name.clone())),
            _ => None,
        });
        let starts: Vec<_> = starts.collect();
        if starts.is_empty() {
            return None;
        }
        let (machine, name) = self.random.pick(&starts).clone();
        if self.random.percent(30) {
            return Some(Ask::Stop { machine, name });
        }
        Some(Ask::Redrive { machine, name, token: self.tag("r") })
    }

    /// Does again what someone did before: late, twice, or with another output.
    fn repeat(&mut self, memory: &Memory) -> Option<Ask> {
        if memory.asks.is_empty() {
            return None;
        }
        let ask = memory.asks[self.random.index(memory.asks.len())].clone();
        Some(match ask {
            Ask::Succeed { token, .. } | Ask::Fail { token, .. } => {
                let tag = self.tag("d");
                match self.random.below(3) {
                    0 => Ask::Beat { token },
                    1 => Ask::Fail { token, tag },
                    _ => Ask::Succeed { token, tag },
                }
            }
            other => other,
        })
    }
}
