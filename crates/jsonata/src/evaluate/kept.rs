//! Expressions that `$eval` parses live as long as the evaluation, because values borrow from them.

use std::cell::OnceCell;

use crate::ast::Node;

/// A list that only grows; what is in it stays where it is.
#[derive(Default)]
pub(crate) struct Kept {
    first: OnceCell<Box<Link>>,
}

struct Link {
    node: Node,
    next: OnceCell<Box<Link>>,
}

/// The end of the list, where the next one is put.
pub(crate) struct Tail<'a>(&'a OnceCell<Box<Link>>);

impl Kept {
    pub(crate) fn tail(&self) -> Tail<'_> {
        Tail(&self.first)
    }
}

impl<'a> Tail<'a> {
    pub(crate) fn keep(&mut self, node: Node) -> &'a Node {
        let link = self.0.get_or_init(|| Box::new(Link { node, next: OnceCell::new() }));
        self.0 = &link.next;
        &link.node
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut next = self.first.take();
        while let Some(mut link) = next {
            next = link.next.take();
        }
    }
}
