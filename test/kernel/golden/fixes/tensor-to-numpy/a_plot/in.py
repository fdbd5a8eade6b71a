plt.plot((x - y)
         .numpy())
