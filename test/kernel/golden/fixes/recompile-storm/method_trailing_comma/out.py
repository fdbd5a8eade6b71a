from torch import compile as speed_up
class Runner:
	def start(self):
		self.net = speed_up(
			self.net,
			dynamic=True,
		)
