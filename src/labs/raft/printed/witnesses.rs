//! For each flaw a script on which it shows.

use crate::labs::Witness;

/// One witness a flaw, RF-1 to RF-14.
pub const WITNESSES: &[Witness] = &[];
