//! Variables: frames within one another, in one stack.
//!
//! Functions remember the frame that they were made in by its number. A frame goes when what it was made for is done,
//! unless a function was made in the meantime: then it stays until the evaluation ends. So there are no cycles to
//! leak, and nothing to drop recursively.

use crate::value::{TupleKey, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameId(u32);

impl FrameId {
    pub(crate) const ROOT: FrameId = FrameId(0);
}

/// What a frame is charged with.
pub(super) const FRAME_BYTES: usize = 64;

#[derive(Default)]
struct Frame<'a> {
    parent: u32,
    bound: Vec<(TupleKey<'a>, Value<'a>)>,
}

pub(crate) struct Frames<'a> {
    /// The first `used` are in use; the others are kept for their allocations.
    frames: Vec<Frame<'a>>,
    used: usize,
    /// How many functions remember a frame.
    captures: u64,
}

/// Where the stack was.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    used: usize,
    captures: u64,
}

impl<'a> Frames<'a> {
    pub(super) fn new() -> Self {
        Frames { frames: Vec::new(), used: 1, captures: 0 }
    }

    /// A new frame within another.
    pub(crate) fn enter(&mut self, parent: FrameId) -> (FrameId, Mark) {
        let mark = Mark { used: self.used, captures: self.captures };
        let id = self.used;
        self.used += 1;
        self.reach(id);
        self.frames[id].parent = parent.0;
        (FrameId(id as u32), mark)
    }

    fn reach(&mut self, id: usize) {
        while self.frames.len() <= id {
            self.frames.push(Frame::default());
        }
    }

    /// What was entered since the mark is done.
    pub(crate) fn leave(&mut self, mark: Mark) {
        if self.captures != mark.captures {
            return;
        }
        for frame in &mut self.frames[mark.used..self.used] {
            frame.bound.clear();
        }
        self.used = mark.used;
    }

    /// A function that remembers a frame was made.
    pub(crate) fn capture(&mut self) {
        self.captures += 1;
    }

    pub(crate) fn bind(&mut self, id: FrameId, key: TupleKey<'a>, value: Value<'a>) {
        self.reach(id.0 as usize);
        let bound = &mut self.frames[id.0 as usize].bound;
        match bound.iter_mut().find(|(name, _)| *name == key) {
            Some((_, place)) => *place = value,
            None => bound.push((key, value)),
        }
    }

    /// The value bound to a name, and in how many places it was looked for.
    pub(crate) fn lookup(&self, key: TupleKey<'_>, from: FrameId) -> (Option<Value<'a>>, u64) {
        let mut id = from.0 as usize;
        let mut looked = 0;
        while let Some(frame) = self.frames.get(id) {
            looked += 1 + frame.bound.len() as u64 / 4;
            if let Some((_, value)) = frame.bound.iter().find(|(name, _)| *name == key) {
                return (Some(value.clone()), looked);
            }
            if id == 0 {
                break;
            }
            id = frame.parent as usize;
        }
        (None, looked)
    }
}
