from torch.autograd import set_detect_anomaly
set_detect_anomaly(False); model = Net()