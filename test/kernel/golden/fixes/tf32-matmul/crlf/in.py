import numpy
import torch
