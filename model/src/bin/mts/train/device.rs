//! Where to train, as it is said on the command line.

use std::str::FromStr;

use mts_unet::device::{self, DeviceChoice, DeviceError, Opened};
use mts_unet::training::Processors;

use crate::Failure;

/// Where to train.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TrainDevice {
    Cpu,
    /// The one that the system gives.
    Gpu,
    /// By their numbers.
    Gpus(Vec<usize>),
}

impl FromStr for TrainDevice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cpu" => return Ok(Self::Cpu),
            "gpu" => return Ok(Self::Gpu),
            _ => {}
        }
        let number = |one: &str| one.strip_prefix("gpu:")?.parse().ok();
        let numbers: Option<Vec<usize>> = text.split(',').map(number).collect();
        let Some(numbers) = numbers else {
            return Err("cpu, gpu, or GPUs by number, such as gpu:0 or gpu:0,gpu:1".into());
        };
        let twice = numbers
            .iter()
            .enumerate()
            .find(|(at, number)| numbers[..*at].contains(number));
        match twice {
            Some((_, number)) => Err(format!("gpu:{number} is named twice")),
            None => Ok(Self::Gpus(numbers)),
        }
    }
}

impl TrainDevice {
    /// Opens what was asked for, puts each GPU to the test and says which it is. A GPU computes so many windows
    /// `at_once`.
    pub(crate) fn open(&self, at_once: usize) -> Result<Processors, Failure> {
        let gpus = match self {
            Self::Cpu => return Ok(Processors::Cpu),
            Self::Gpu => {
                let (gpu, _) =
                    pollster::block_on(device::choose(DeviceChoice::Gpu, false, |_| ()))?;
                vec![gpu]
            }
            Self::Gpus(numbers) => {
                let gpus = numbers.iter().map(|&number| numbered(number));
                gpus.collect::<Result<_, _>>()?
            }
        };
        for gpu in &gpus {
            println!("training on {}", gpu.words);
        }
        Ok(Processors::Gpus { gpus, at_once })
    }
}

fn numbered(number: usize) -> Result<Opened, DeviceError> {
    let gpu = device::open_gpu_number(number)?;
    pollster::block_on(device::self_test(&gpu.device, false, |_| ()))?;
    Ok(gpu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_by_kind_or_number() {
        let parse = |text: &str| text.parse::<TrainDevice>();
        assert_eq!(parse("cpu"), Ok(TrainDevice::Cpu));
        assert_eq!(parse("gpu"), Ok(TrainDevice::Gpu));
        assert_eq!(parse("gpu:0,gpu:3"), Ok(TrainDevice::Gpus(vec![0, 3])));
        for wrong in ["", "cuda", "gpu,gpu", "gpu:0,1", "cpu,gpu:0", "gpu:-1"] {
            assert!(parse(wrong).unwrap_err().contains("gpu:0,gpu:1"), "{wrong}");
        }
        assert!(parse("gpu:1,gpu:1").unwrap_err().contains("twice"));
    }
}
