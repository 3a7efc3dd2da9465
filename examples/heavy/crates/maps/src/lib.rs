//! Ordered maps, each copy with a key type of its own.
use heavy_kit::mix;
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key<const N: u64>(u64, String);

fn step<const N: u64>(rounds: u64) -> u64 {
    let mut map: BTreeMap<Key<N>, Vec<u64>> = BTreeMap::new();
    for round in 0..rounds {
        let number = mix(N ^ round);
        map.entry(Key(number % 97, format!("{:x}", number % 31)))
            .or_default()
            .push(number);
    }
    let dropped = map
        .remove(&Key(N % 97, String::from("a")))
        .map_or(0, |numbers| numbers.len() as u64);
    map.range(Key(N % 50, String::new())..)
        .fold(dropped, |sum, (key, numbers)| {
            mix(sum ^ key.0 ^ key.1.len() as u64 ^ numbers.iter().fold(0, |a, b| a ^ b))
        })
}

heavy_kit::steps!(step; 0 1 2 3 4 5 6 7);
