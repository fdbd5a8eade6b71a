plt.plot((x - y)
         .detach().numpy())
