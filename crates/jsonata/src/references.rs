//! What an expression reads from outside, for those who check it before it is ever evaluated.
