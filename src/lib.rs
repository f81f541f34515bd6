//! Faultline: break distributed systems and watch them recover.

pub mod labs;
pub mod play;
pub mod sim;
