//! Pages of Lambda's lists: `MaxItems`, `Marker`, `NextMarker`.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::errors;
use crate::page;
use stepwell_wire::constraints::Constraints;

/// Which page is asked for.
#[derive(Debug)]
pub struct Page<'a> {
    marker: Option<&'a str>,
    size: usize,
}

impl<'a> Page<'a> {
    /// Adds what the model demands of a page's size.
    pub fn new(
        marker: Option<&'a str>,
        max_items: Option<i64>,
        default: usize,
        constraints: &mut Constraints,
    ) -> Self {
        if let Some(size) = max_items {
            constraints.range("maxItems", size, 1..=10_000);
        }
        let size = max_items.and_then(|size| usize::try_from(size).ok()).unwrap_or(default);
        Self { marker: marker.filter(|marker| !marker.is_empty()), size: size.clamp(1, 10_000) }
    }

    /// The page of a list that is ordered by `key`, and the marker of the next one.
    ///
    /// # Errors
    /// `InvalidParameterValueException` for a marker that isn't ours.
    pub fn cut<T>(
        &self,
        list: &str,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
        context: &Context,
    ) -> Result<(Vec<T>, Option<String>), Failure> {
        let after = match self.marker {
            None => None,
            Some(marker) => {
                let last = page::last(context.secrets, list, marker);
                Some(last.ok_or_else(|| errors::invalid_parameter("Invalid marker."))?)
            }
        };
        let mut rest = items.skip_while(|item| after.as_ref().is_some_and(|after| key(item) <= *after));
        let items: Vec<_> = rest.by_ref().take(self.size).collect();
        let last = items.last().filter(|_| rest.next().is_some());
        let next = last.map(|last| page::token(context.secrets, list, &key(last)));
        Ok((items, next))
    }
}
