//! Faultline: break distributed systems and watch them recover.

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod labs;
pub mod play;
pub mod sim;
