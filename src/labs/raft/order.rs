//! What may be asked of a node: something of the store, or, of the leader, something about the cluster.

use std::fmt;
use std::str::FromStr;

use crate::sim::{Cx, NodeId};

use super::kv::Command;
use super::node::{Part, Server, Servers};
use super::rules::Rule;

/// What a learner may tell a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To read or write: `put x 1`.
    Store(Command),
    /// To change who leads.
    Order(Order),
}

/// What an administrator may order a leader to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Let that server lead: `transfer n2`.
    Transfer(NodeId),
    /// Let that server vote, after it has caught up: `add n4`.
    Add(NodeId),
    /// Send that server the log without letting it vote: `learn n4`.
    Learn(NodeId),
    /// Let that server go: `remove n2`.
    Remove(NodeId),
    /// Let those vote and nobody else: `voters n1 n4 n5`.
    Voters(Servers),
}

impl Server {
    /// Somebody tells the server itself something, outside any client's session.
    pub(super) fn on_command(&mut self, ask: Ask, cx: &mut Cx<'_, Part>) {
        match ask {
            Ask::Store(command) => self.on_store_command(command, cx),
            Ask::Order(order) => self.on_order(order, cx),
        }
    }

    fn on_order(&mut self, order: Order, cx: &mut Cx<'_, Part>) {
        if !self.leads() {
            let (role, term) = (self.role.word(), self.disk.term);
            return refuse_order(order, cx, || format!("I am {role} in term {term}"));
        }
        match order {
            Order::Transfer(target) => self.on_transfer(order, target, cx),
            Order::Add(_) | Order::Learn(_) | Order::Remove(_) | Order::Voters(_) => {
                self.on_change(order, cx);
            }
        }
    }
}

/// An order is not followed, and why.
pub(super) fn refuse_order(order: Order, cx: &mut Cx<'_, Part>, why: impl FnOnce() -> String) {
    cx.fire(Rule::RefuseOrder, || format!("`{order}`: {}", why()));
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Transfer(target) => write!(f, "transfer {target}"),
            Order::Add(server) => write!(f, "add {server}"),
            Order::Learn(server) => write!(f, "learn {server}"),
            Order::Remove(server) => write!(f, "remove {server}"),
            Order::Voters(servers) => {
                f.write_str("voters")?;
                servers.iter().try_for_each(|server| write!(f, " {server}"))
            }
        }
    }
}

impl FromStr for Ask {
    type Err = String;

    fn from_str(text: &str) -> Result<Ask, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["transfer", target] => Ok(Ask::Order(Order::Transfer(server(target)?))),
            ["add", it] => Ok(Ask::Order(Order::Add(server(it)?))),
            ["learn", it] => Ok(Ask::Order(Order::Learn(server(it)?))),
            ["remove", it] => Ok(Ask::Order(Order::Remove(server(it)?))),
            ["voters", ref them @ ..] if !them.is_empty() => {
                let them: Result<Servers, String> = them.iter().map(|it| server(it)).collect();
                Ok(Ask::Order(Order::Voters(them?)))
            }
            _ => text.parse().map(Ask::Store),
        }
    }
}

fn server(word: &str) -> Result<NodeId, String> {
    let server: NodeId = word.parse()?;
    if server.letter() != 'n' {
        return Err(format!("`{word}` is not a server; servers are written like n3"));
    }
    if u32::from(server.number()) > Servers::MAX {
        return Err(format!("there is no `{word}`"));
    }
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_back_as_they_are_written() {
        for text in ["transfer n2", "add n4", "learn n11", "remove n1", "voters n1 n4 n25"] {
            let Ok(Ask::Order(order)) = text.parse() else { panic!("{text}") };
            assert_eq!(order.to_string(), text);
        }
        assert!("transfer c1".parse::<Ask>().unwrap_err().contains("not a server"));
        assert!(matches!("put x 1".parse(), Ok(Ask::Store(_))));
    }
}
